"""What the method stands on."""

from typing import Final

CITATIONS: Final = (
    "D. Clayton, J. Kaldor: Empirical Bayes estimates of age-standardized relative "
    "risks for use in disease mapping. Biometrics 43 (1987) 671–681.",
    "R. J. Marshall: Mapping disease and mortality rates using empirical Bayes "
    "estimators. Applied Statistics 40 (1991) 283–294.",
    "D. J. Spiegelhalter: Funnel plots for comparing institutional performance. "
    "Statistics in Medicine 24 (2005) 1185–1202.",
    "H. Goldstein, D. J. Spiegelhalter: League tables and their limitations: "
    "statistical issues in comparisons of institutional performance. Journal of the "
    "Royal Statistical Society A 159 (1996) 385–443.",
    "M. A. Newton, A. Noueiry, D. Sarkar, P. Ahlquist: Detecting differential gene "
    "expression with a semiparametric hierarchical mixture method. Biostatistics 5 "
    "(2004) 155–176 (false discovery from posterior probabilities).",
    "F. Garwood: Fiducial limits for the Poisson distribution. Biometrika 28 (1936) "
    "437–442.",
    "A. Hundepool et al.: Statistical Disclosure Control. Wiley (2012).",
)
"""Works cited on the page of the method, as they are cited in any language."""
