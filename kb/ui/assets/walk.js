// Links inside the library change the page without loading it anew; without this they are ordinary links.
if (!window.kbWalks) {
  window.kbWalks = true;
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a.kb-in");
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || link.origin !== location.origin) return;
    event.preventDefault();
    history.pushState({}, "", link.href);
    window.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
    const main = document.querySelector('[data-testid="stMain"]');
    if (main) main.scrollTo(0, 0);
  });
}
