// What is measured inside a page. Each function that is handed to `evaluate` stands alone.

/** Every picture: its section, title, size and number of marks. */
export function marks() {
  return [...document.querySelectorAll("svg.plot, svg.map")].map((picture) => {
    const { width, height } = picture.getBoundingClientRect();
    return {
      section: picture.closest("section").id,
      title: picture.querySelector("title").textContent,
      width,
      height,
      count: picture.querySelectorAll("path, circle, line, ellipse, rect").length,
    };
  });
}

/** Texts that leave their picture by more than a pixel. */
export function cutOff() {
  const found = [];
  for (const picture of document.querySelectorAll("svg.plot, svg.map")) {
    const frame = picture.getBoundingClientRect();
    for (const text of picture.querySelectorAll("text")) {
      const box = text.getBoundingClientRect();
      if (box.width === 0) continue;
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1) {
        found.push(`${picture.querySelector("title").textContent}: ${text.textContent}`);
      }
    }
  }
  return found;
}

/** Pairs of names on the map whose boxes share more than a fifth of the smaller. */
export function overlapping() {
  const names = [...document.querySelectorAll("svg.map text")]
    .map((text) => ({ words: text.textContent, box: text.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0);
  const found = [];
  names.forEach((a, index) => {
    for (const b of names.slice(index + 1)) {
      const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      const least = Math.min(a.box.width * a.box.height, b.box.width * b.box.height);
      if (wide > 0 && high > 0 && wide * high > 0.2 * least) found.push(`${a.words} / ${b.words}`);
    }
  });
  return found;
}

/** Contrast (WCAG 2.2) of text against its ground, 4.5 at least, and of curves and markers, 3 at least. */
export function contrasts() {
  const style = getComputedStyle(document.documentElement);
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const luminance = (colour) => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((channel) => {
      const part = channel / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const value = (name) => style.getPropertyValue(name).trim();
  const pair = (front, back, least) => {
    const [a, b] = [luminance(value(front)), luminance(value(back))];
    return { what: `${front} on ${back}`, ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), least };
  };
  const texts = ["--ink", "--quiet", "--accent", "--good", "--bad", "--warn"];
  const curves = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => `--k${index}`);
  return [
    ...texts.flatMap((text) => [pair(text, "--paper", 4.5), pair(text, "--card", 4.5)]),
    ...curves.flatMap((curve) => [pair(curve, "--card", 3), pair(curve, "--sea", 3)]),
  ];
}

/** Presses Tab from the top to the end of the page: where the focus goes, and what it should reach. */
export async function tabStops(page) {
  const wanted = await page.evaluate(() =>
    ["theme", "node", "regime", "play", "instant"]
      .filter((name) => document.querySelector(`.${name}, [name=${name}]`))
      .concat([...document.querySelectorAll(".key button")].map((button) => button.textContent.trim())));
  const stops = [];
  for (let press = 0; press < 400; press += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const now = document.activeElement, last = window.lastFocused;
      if (!now || now === document.body) return null;
      window.lastFocused = now;
      const style = getComputedStyle(now), box = now.getBoundingClientRect();
      const label = now.labels && now.labels[0] ? now.labels[0].textContent : "";
      return {
        what: now.className === "theme" ? "theme" : now.name || now.textContent.trim().slice(0, 40),
        name: (now.getAttribute("aria-label") || label || now.textContent).trim(),
        inOrder: !last || Boolean(last.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_FOLLOWING),
        isSeen: box.width > 0 && box.height > 0 && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
      };
    });
    if (!stop) break;
    stops.push(stop);
  }
  return { stops, wanted };
}
