"""Give a city without records the travel times of San Francisco, and say so.

Free-flow seconds on San Francisco's roads are compared with 1,200 first engines a week
on their way: a start, and the quantiles of what is left. Speeds stay the city's own.
It is better than no interval, and worse than a fit to the city's own records, which
replaces it (`gengfu twin calibrate`).

    python tools/borrow_travel.py SF_PACK CALLS.csv PACK
"""

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from gengfu.adapters.city import load
from gengfu.adapters.travel_model import save_travel_model
from gengfu.app.town import CityTown
from gengfu.app.twin_room import columns_of, record_of
from gengfu.science.roads import TravelModel
from gengfu.science.traveltime import covered, predict, residuals
from gengfu.twin.calibration import HABITS, CityGround, trips_of
from gengfu.twin.recorded import read_meanings

LEVELS = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
LONGEST_S = 1800.0
SOURCE = "borrowed: San Francisco, first engines, 2020-04-07 to 04-20 (DataSF, PDDL)"


def main() -> None:
    """Fit to the first pack's record and write the model into the second pack."""
    pack, calls, target = map(Path, sys.argv[1:4])
    town = CityTown(load(pack))
    columns = columns_of(town)
    record = record_of(town, calls, columns)
    ground = CityGround.of(town, read_meanings(None))
    week = ground.week(record, record.responses, record.responses, columns.engine)
    trips = trips_of(week, HABITS[1], ZoneInfo(town.timezone))
    network = predict(ground.graph, TravelModel(), trips)
    good = (
        np.isfinite(network) & (trips.observed_s > 0) & (trips.observed_s < LONGEST_S)
    )
    x, y = network[good], trips.observed_s[good]
    # No factor is fitted: units are often not where the record's roster puts them, and
    # such errors make a slope too flat, which would halve every long drive elsewhere.
    start = round(max(float(np.median(y - x)), 0.0), 1)
    model = TravelModel(start_s=start, residuals=residuals(x + start, y, LEVELS))
    city = load(target)
    path = save_travel_model(
        target,
        model,
        class_table=city.class_table,
        fitted_to=SOURCE,
    )
    arrivals = [model.arrival(seconds) for seconds in x]
    low, high = [a.low_s for a in arrivals], [a.high_s for a in arrivals]
    inside = covered(np.array(low), np.array(high), y).mean()
    sys.stdout.write(
        f"{path}: start {start:.1f} s, {len(x)} drives, {inside:.3f} inside\n"
    )


if __name__ == "__main__":
    main()
