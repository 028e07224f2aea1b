// What a form still needs, said in the language of the page; a browser would say it in its
// own. Where scripts are off a form is sent as it is, and the server says what is missing.

{
  const words = document.currentScript.dataset;
  const written = (one) => one.placeholder && /\d/.test(one.placeholder);

  function said(one) {
    const { valueMissing, tooShort, patternMismatch } = one.validity;
    if (valueMissing) return one.matches("select, [type=radio], [type=file]") ? words.choose : words.fill;
    if (tooShort) return words.longer.replace("{n}", one.minLength);
    if (patternMismatch && written(one)) return words.like.replace("{like}", one.placeholder);
    if (one.min !== "" && one.max !== "" && one.type === "number") return words.between.replace("{min}", one.min).replace("{max}", one.max);
    return one.inputMode === "numeric" ? words.number : words.unfit;
  }

  function tell(one) {
    one.setCustomValidity("");
    if (!one.validity.valid) one.setCustomValidity(said(one));
  }

  /** What was said of a field holds until it is right, or another of its group is chosen. */
  function again({ target }) {
    const { form } = target.closest?.("button, input, select, textarea") ?? {};
    for (const one of form?.elements ?? []) if (one.validity?.customError) tell(one);
  }

  document.addEventListener("invalid", ({ target }) => tell(target), true);
  document.addEventListener("input", again, true);
  document.addEventListener("click", again, true);
  for (const form of document.querySelectorAll("form[novalidate]")) form.noValidate = false;
}
