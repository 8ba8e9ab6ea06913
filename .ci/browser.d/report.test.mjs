// A report as its readers have it: each page in two sizes and two themes, by mouse and by keyboard, on paper and without
// its script. `node report.test.mjs PAGE.html ...`; CHROMIUM names the browser, SHOTS a folder for pictures.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { contrasts, cutOff, marks, overlapping, tabStops } from "./in_page.mjs";

const MOST_BYTES = 2e6;
const SIZES = { desk: { width: 1400, height: 900 }, phone: { width: 400, height: 800 } };
const ARGUMENTS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const pages = process.argv.slice(2).map((file) => resolve(file));
assert.ok(pages.length > 0, "name at least one page");

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ARGUMENTS });
});
after(() => browser?.close());

/** Opens a page and hands it to `body`; then nothing may have been fetched or complained about. */
async function opened(file, options, body) {
  const context = await browser.newContext({ viewport: SIZES.desk, ...options });
  const page = await context.newPage();
  const address = pathToFileURL(file).href;
  const complaints = [], requests = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(address);
  if (options.javaScriptEnabled !== false) {
    await page.waitForSelector("html[data-ready=true]", { state: "attached", timeout: 10_000 });
  }
  await body(page);
  assert.deepEqual(complaints, [], "console");
  assert.deepEqual(requests, [address], "requests");
  await context.close();
}

const instant = (page) => page.locator("input[name=instant]");
const value = async (page) => +(await instant(page).inputValue());

/** Where the missile and the visible ellipses are drawn. */
const drawn = (page) => page.evaluate(() => ({
  missile: document.getElementById("missile").getAttribute("transform"),
  ellipses: [...document.querySelectorAll(".moment:not([visibility=hidden])")].map((group) => {
    const ellipse = group.querySelector("ellipse");
    return [group.dataset.where, group.getAttribute("transform"), ellipse.getAttribute("rx"), ellipse.getAttribute("ry")].join(" ");
  }),
  alerted: document.querySelectorAll("path.area.alerted").length,
}));

async function slideTo(page, part) {
  await instant(page).evaluate((slider, part) => {
    slider.value = Math.round(part * slider.max);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }, part);
}

async function noOverflow(page) {
  const wide = await page.evaluate(() => {
    const root = document.documentElement;
    return root.scrollWidth - root.clientWidth;
  });
  assert.equal(wide, 0, `the page is ${wide} px wider than the window`);
}

async function picturesAreDrawn(page) {
  const found = await page.evaluate(marks);
  const sections = new Set(found.map((picture) => picture.section));
  for (const section of ["map", "differences", "accuracy"]) assert.ok(sections.has(section), `no picture in ${section}`);
  for (const section of ["credit", "sweeps"]) {
    const wanted = await page.locator(`#${section}`).count();
    assert.equal(sections.has(section), wanted > 0, section);
  }
  for (const { title, width, height, count } of found) {
    assert.ok(width >= 220 && height >= 40, `${title}: ${width} x ${height} px`);
    assert.ok(count >= 5, `${title}: ${count} marks`);
  }
  assert.deepEqual(await page.evaluate(cutOff), [], "texts that leave their picture");
  assert.deepEqual(await page.evaluate(overlapping), [], "names on the map that lie over one another");
}

async function sliderMoves(page) {
  await slideTo(page, 0);
  const start = await drawn(page);
  assert.equal(start.alerted, 0, "areas alerted at launch");
  await slideTo(page, 0.3);
  const early = await drawn(page);
  await slideTo(page, 0.95);
  const late = await drawn(page);
  assert.ok(early.missile !== start.missile && late.missile !== early.missile, "the missile stands still");
  assert.ok(early.ellipses.length > 0 && late.ellipses.length > 0, "no ellipse is shown");
  assert.notDeepEqual(late.ellipses, early.ellipses, "the ellipses stand still");
  const isAlerted = await page.evaluate(() => {
    const data = JSON.parse(document.getElementById("moments").textContent);
    const node = +document.querySelector("select[name=node]").value;
    return data.alerted[node].some((areas) => areas.some((time) => time !== null));
  });
  assert.equal(late.alerted > 0, isAlerted, "areas alerted at the end");
  const misplaced = await page.evaluate(() => {
    const data = JSON.parse(document.getElementById("moments").textContent);
    const node = +document.querySelector("select[name=node]").value, instant = +document.querySelector("input[name=instant]").value;
    return [...document.querySelectorAll(".moment[data-where=map]:not([visibility=hidden])")].filter((group) => {
      const [x, y] = data.placed[node][+group.dataset.regime][instant];
      return group.getAttribute("transform") !== `translate(${x.toFixed(1)} ${y.toFixed(1)})`;
    }).length;
  });
  assert.equal(misplaced, 0, "ellipses that are not where they were expected");
  // One regime alone: one ellipse on each of the two maps, at most.
  await page.selectOption("select[name=regime]", { index: 1 });
  assert.ok((await drawn(page)).ellipses.length <= 2, "one regime shows more than one ellipse on a map");
  await page.selectOption("select[name=regime]", { index: 0 });
  const before = await page.textContent("#now-node");
  await page.selectOption("select[name=node]", { index: 0 });
  assert.equal(await page.textContent("#now-node"), await page.textContent("select[name=node] option >> nth=0"));
  await page.selectOption("select[name=node]", { label: before });
}

async function plays(page) {
  await slideTo(page, 0);
  const play = page.locator("button[name=play]");
  await play.click();
  assert.equal(await play.getAttribute("aria-pressed"), "true");
  await page.waitForFunction(() => +document.querySelector("input[name=instant]").value >= 2, null, { timeout: 5_000 });
  await play.click();
  assert.equal(await play.getAttribute("aria-pressed"), "false");
  const stopped = await value(page);
  await page.waitForTimeout(500);
  assert.equal(await value(page), stopped, "it goes on after a pause");
}

async function keyboardMoves(page) {
  await instant(page).focus();
  await page.keyboard.press("Home");
  const start = await drawn(page);
  await page.keyboard.press("ArrowRight");
  assert.equal(await value(page), 1);
  assert.match(await instant(page).getAttribute("aria-valuetext"), /s after launch/);
  await page.keyboard.press("End");
  assert.equal(await value(page), +(await instant(page).getAttribute("max")));
  assert.notEqual((await drawn(page)).missile, start.missile);
  // At the end, play begins anew.
  await page.keyboard.press("Space");
  await page.waitForFunction(() => {
    const now = +document.querySelector("input[name=instant]").value;
    return now >= 2 && now < 40;
  }, null, { timeout: 5_000 });
  await page.keyboard.press("Space");
  const stopped = await value(page);
  await page.waitForTimeout(400);
  assert.equal(await value(page), stopped, "the space bar does not pause");
}

async function buttonsWork(page) {
  const first = page.locator(".key button").first();
  await first.focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.getAttribute("body", "data-focus"), await first.getAttribute("data-focus"));
  await page.keyboard.press("Enter");
  assert.equal(await page.getAttribute("body", "data-focus"), null);
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const seen = [await paper()];
  for (let press = 0; press < 2; press += 1) {
    await page.click("button.theme");
    seen.push(await paper());
  }
  assert.notEqual(seen[1], seen[2], "the theme does not change");
  await page.click("button.theme");
  assert.equal(await paper(), seen[0]);
}

async function tabReachesAll(page) {
  const { stops, wanted } = await tabStops(page);
  for (const what of wanted) assert.ok(stops.some((stop) => stop.what === what), `Tab never reaches ${what}`);
  for (const stop of stops) {
    assert.ok(stop.inOrder, `${stop.what} comes out of order`);
    assert.ok(stop.isSeen, `${stop.what} has the focus and does not show it`);
    assert.ok(stop.name.length > 0, `${stop.what} has no name`);
  }
}

for (const file of pages) {
  describe(basename(file), () => {
    test("is one file of reasonable size that names nothing outside", () => {
      const text = readFileSync(file, "utf8");
      assert.ok(text.length < MOST_BYTES, `${text.length} bytes`);
      assert.ok(!/\b(?:https?:|src=|@import)/.test(text.replace(/http-equiv/g, "")), "it names something outside");
    });

    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const colorScheme of ["light", "dark"]) {
        test(`${viewport.width} px, ${colorScheme}`, () =>
          opened(file, { viewport, colorScheme }, async (page) => {
            await noOverflow(page);
            await picturesAreDrawn(page);
            for (const { what, ratio, least } of await page.evaluate(contrasts)) {
              assert.ok(ratio >= least, `${what}: contrast ${ratio.toFixed(2)}, at least ${least}`);
            }
            await sliderMoves(page);
            await plays(page);
            await keyboardMoves(page);
            await buttonsWork(page);
            if (process.env.SHOTS) await keepPictures(page, file, `${size}-${colorScheme}`);
            await page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
            await noOverflow(page);
          }));
      }
    }

    test("by keyboard alone", () => opened(file, {}, tabReachesAll));

    test("on paper", () =>
      opened(file, { viewport: { width: 718, height: 1000 }, colorScheme: "dark" }, async (page) => {
        await page.emulateMedia({ media: "print" });
        await noOverflow(page);
        assert.equal(await page.isVisible(".controls"), false);
        assert.equal(await page.isVisible(".key"), true);
        const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        assert.equal(paper, "rgb(255, 255, 255)", "paper is not white");
        const folder = process.env.SHOTS;
        const pdf = await page.pdf({ format: "A4", path: folder ? join(folder, `${basename(file)}.pdf`) : undefined });
        assert.ok(pdf.length > 10_000);
        assert.equal(await page.locator("details.all:not([open])").count(), 0, "measures are folded on paper");
      }));

    test("without its script", async () => {
      // The page and its script write the same words; their last digits may differ.
      const words = async (page) =>
        (await page.locator(".now, .readout li, .alerts li:not([hidden])").allInnerTexts()).map((text) => text.replace(/\d+/g, "0"));
      let scripted;
      await opened(file, {}, async (page) => { scripted = await words(page); });
      await opened(file, { javaScriptEnabled: false }, async (page) => {
        assert.deepEqual(await words(page), scripted);
        assert.equal(await page.isVisible(".controls"), false, "controls that do nothing");
        assert.ok(await page.isVisible("svg.map"));
        assert.ok((await page.textContent("h1")).length > 0);
      });
    });
  });
}

async function keepPictures(page, file, name) {
  mkdirSync(process.env.SHOTS, { recursive: true });
  const path = (part) => join(process.env.SHOTS, `${basename(file, ".html")}-${name}-${part}.png`);
  for (const part of [0.1, 0.16, 0.5]) {
    await slideTo(page, part);
    await page.locator("#map").screenshot({ path: path(`map-${part}`) });
  }
  await page.screenshot({ path: path("page"), fullPage: true });
}
