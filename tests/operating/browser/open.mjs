// Opens pages in Chromium as a job says, and prints what it saw of each view as JSON.
//
// The job, on standard input: {"pages": [{"file": "...", "views": [{"width": 390, "height": 844,
// "media": "screen" or "print", "scheme": "light" or "dark", "picture": "file.png" or null, "whole": true}]}]}

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

import chromium from "@sparticuz/chromium";
import puppeteer from "puppeteer-core";

const job = JSON.parse(readFileSync(0, "utf-8"));
// Not all that the package proposes: it also turns the protection of one site from another off.
const browser = await puppeteer.launch({
  args: ["--no-sandbox", "--no-zygote", "--disable-gpu", "--font-render-hinting=none", "--hide-scrollbars"],
  executablePath: await chromium.executablePath(),
  headless: "shell",
  timeout: 90_000, // a busy machine starts it slowly
});
try {
  const seen = [];
  for (const { file, views } of job.pages) {
    for (const view of views) seen.push(await look(pathToFileURL(file).href, view));
  }
  process.stdout.write(JSON.stringify({ version: await browser.version(), seen }));
} finally {
  await browser.close();
}

async function look(url, { width, height, media, scheme, picture, whole }) {
  const page = await browser.newPage();
  const requests = [];
  const errors = [];
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    if (request.url() === url) return request.continue();
    requests.push(request.url());
    return request.abort();
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.setViewport({ width, height, deviceScaleFactor: picture ? 1.5 : 1 });
  // Both at once: by puppeteer's own two calls, the second undoes the first.
  const session = await page.createCDPSession();
  await session.send("Emulation.setEmulatedMedia", {
    media,
    features: [{ name: "prefers-color-scheme", value: scheme }],
  });
  await page.goto(url, { waitUntil: "load" });
  if (picture) await page.screenshot({ path: picture, fullPage: whole });
  const found = await page.evaluate(() => {
    const inside = document.documentElement.clientWidth;
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) texts.push(walker.currentNode.textContent);
    const boxes = [...document.body.querySelectorAll("*")].map((each) => [each, each.getBoundingClientRect()]);
    return {
      inside,
      wide: document.documentElement.scrollWidth,
      // Also what is wider than its place and cut off there.
      beyond: boxes
        .filter(([, box]) => box.left < -0.5 || box.right > inside + 0.5)
        .map(([each]) => `${each.tagName} ${each.className?.baseVal ?? each.className}`),
      text: texts.join("\n"),
      background: getComputedStyle(document.body).backgroundColor,
    };
  });
  const sheets = media === "print" ? (await pages(page)) : null;
  await page.close();
  return { url, requests, errors, sheets, ...found };
}

// How many sheets of A4 it takes on paper.
async function pages(page) {
  const pdf = Buffer.from(await page.pdf({ preferCSSPageSize: true, printBackground: true })).toString("latin1");
  return pdf.match(/\/Type\s*\/Page\b/g).length;
}
