"""What tests in a browser share: the browser, a page that remembers what went wrong, and the contrast of its texts."""

# Nothing but the page: no update, no report, no first-run page.
ARGUMENTS = (
    *("--no-sandbox", "--headless=new", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
# What a page needs milliseconds for.
PATIENCE = 120_000  # ms
# Contrast of every text with what lies behind it, as WCAG 2 defines it; large text may have 3, all else needs 4.5.
CONTRAST = """() => {
  const channel = value => { value /= 255; return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4 };
  const parts = color => color.match(/[\\d.]+/g).map(Number);
  const luminance = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const behind = element => {
    for (; element; element = element.parentElement) {
      const color = parts(getComputedStyle(element).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const element of document.querySelectorAll("body *")) {
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    const style = getComputedStyle(element);
    const values = [luminance(parts(style.color)), luminance(behind(element))].sort((a, b) => b - a);
    const ratio = (values[0] + 0.05) / (values[1] + 0.05);
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) low.push([element.outerHTML.slice(0, 80), ratio]);
  }
  return low;
}"""


def opened(browser, address, width=1400, scheme="light", **options):
    """Return the page, and the list of what went wrong on it, which grows."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
    context.set_default_timeout(PATIENCE)
    page, wrong = context.new_page(), []
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    page.on(
        "request", lambda request: wrong.append(request.url) if not request.url.startswith(("file:", "data:")) else None
    )
    page.goto(address)
    if options.get("java_script_enabled", True):
        drawn(page)
    return page, wrong


def visit(page, address):
    """Load an address and wait until it is drawn."""
    page.goto(address)
    drawn(page)


def drawn(page):
    """Wait until a page is drawn: Chromium can lose a click on what it has not drawn yet."""
    frames = "new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))"
    page.wait_for_function(frames)
