// A chosen file's name beside its button, in the page's own words while there is none.

export function nameChosen(input) {
  const said = document.getElementById(`${input.id}-said`);
  const none = said.textContent;
  const show = () => { said.textContent = input.files[0]?.name ?? none; };
  input.addEventListener("change", show);
  show();
}
