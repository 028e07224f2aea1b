// Letters as they are said on the telephone, where B, D and P sound alike. The words are
// those of the ICAO and are said so in every language; figures are said as they are.

const SAID = Object.fromEntries(("Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November"
  + " Oscar Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu").split(" ").map((one) => [one[0], one]));

export const spelled = (code) => code.split("-").map((group) => [...group].map((one) => SAID[one] ?? one).join(" ")).join(" – ");
