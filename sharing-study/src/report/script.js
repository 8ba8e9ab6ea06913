"use strict";
(function () {
  function all(selector) { return document.querySelectorAll(selector); }
  function text(id, words) { document.getElementById(id).textContent = words; }

  // Light or dark, whatever the system says.
  function theme(button) {
    var names = ["system", "light", "dark"], now = 0;
    button.hidden = false;
    button.addEventListener("click", function () {
      document.documentElement.classList.remove("light", "dark");
      now = (now + 1) % names.length;
      if (now) document.documentElement.classList.add(names[now]);
      button.textContent = "Theme: " + names[now];
    });
  }

  // A regime is brought forward everywhere.
  function key(buttons) {
    buttons.forEach(function (button) {
      button.addEventListener("click", function () {
        var on = button.getAttribute("aria-pressed") !== "true";
        buttons.forEach(function (other) { other.setAttribute("aria-pressed", "false"); });
        button.setAttribute("aria-pressed", String(on));
        if (on) document.body.setAttribute("data-focus", button.getAttribute("data-focus"));
        else document.body.removeAttribute("data-focus");
      });
    });
  }

  // The map at a chosen time. Numbers of a moment: x, y, pixels per km, turn on the map, east, north, semi-axes, turn with
  // north up, error; km and degrees.
  function map(form, data) {
    var HALF = 186, CENTRE = 200, WHOLE_MS = 18000;
    var slider = form.elements.instant, play = form.elements.play, last = +slider.max, timer = 0;

    function put(group, x, y, rx, ry, turn) {
      group.setAttribute("transform", "translate(" + x.toFixed(1) + " " + y.toFixed(1) + ")");
      var ellipse = group.querySelector("ellipse");
      ellipse.setAttribute("rx", rx.toFixed(1));
      ellipse.setAttribute("ry", ry.toFixed(1));
      ellipse.setAttribute("transform", "rotate(" + turn + ")");
    }
    function size(km) {
      return km < 0.9995 ? (1000 * km).toFixed(0) + "\u00a0m" : km.toFixed(km < 9.995 ? 1 : 0) + "\u00a0km";
    }

    function impacts(node, instant, chosen) {
      var shown = data.placed[node].map(function (instants, regime) { return chosen(regime) ? instants[instant] : 0; });
      var reach = shown.reduce(function (most, m) {
        return m ? Math.max(most, Math.max(Math.abs(m[4]), Math.abs(m[5])) + m[6]) : most;
      }, 0);
      var half = data.halfWidths.find(function (km) { return km >= reach; }) || data.halfWidths[data.halfWidths.length - 1];
      text("ring-full", half + " km");
      text("ring-half", half / 2 + " km");
      all(".moment").forEach(function (group) {
        var m = shown[+group.dataset.regime];
        group.setAttribute("visibility", m ? "visible" : "hidden");
        if (!m) return;
        if (group.dataset.where === "map") put(group, m[0], m[1], m[6] * m[2], m[7] * m[2], m[3]);
        else put(group, CENTRE + m[4] * HALF / half, CENTRE - m[5] * HALF / half, m[6] * HALF / half, m[7] * HALF / half, m[8]);
      });
      all("[data-readout]").forEach(function (item) {
        var m = data.placed[node][+item.dataset.readout][instant];
        item.textContent = m ? size(2 * m[6]) + " \u00d7 " + size(2 * m[7]) + ", " + size(m[9]) + " off" : "no impact point";
      });
    }

    function alerts(node, time, chosen) {
      function since(regime, area) {
        var alerted = data.alerted[node][regime][area];
        return alerted !== null && alerted <= time && chosen(regime) ? alerted : null;
      }
      all(".alerts li").forEach(function (item) {
        var area = +item.dataset.area, any = false;
        item.hidden = !data.answers[node][area];
        item.querySelectorAll("[data-by]").forEach(function (by) {
          var alerted = since(+by.dataset.by, area);
          by.hidden = alerted === null;
          by.querySelector("[data-since]").textContent = alerted === null ? "" : alerted.toFixed(0) + "\u00a0s";
          any = any || alerted !== null;
        });
        item.querySelector(".none").hidden = any;
        all("path.area[data-area=\"" + area + "\"]").forEach(function (shape) {
          shape.classList.toggle("alerted", any && !item.hidden);
        });
      });
    }

    function show() {
      var node = +form.elements.node.value, only = form.elements.regime.value, instant = +slider.value;
      var time = data.times[instant], after = time - data.burnout;
      var words = time.toFixed(0) + "\u00a0s after launch, " + Math.abs(after).toFixed(0) + "\u00a0s " + (after < 0 ? "before" : "after") + " burnout";
      function chosen(regime) { return only === "" || +only === regime; }
      text("now-node", form.elements.node.selectedOptions[0].textContent);
      text("now-time", words);
      slider.setAttribute("aria-valuetext", words);
      impacts(node, instant, chosen);
      alerts(node, time, chosen);
      var truth = data.truth[instant], missile = document.getElementById("missile");
      if (truth && missile) missile.setAttribute("transform", "translate(" + truth[0] + " " + truth[1] + ")");
    }

    // Read out when it stands still, not at every step of a play.
    function playing(on) {
      clearInterval(timer);
      timer = on ? setInterval(step, WHOLE_MS / (last + 1)) : 0;
      play.setAttribute("aria-pressed", String(on));
      play.textContent = on ? "\u275a\u275a Pause" : "\u25b6 Play";
      document.querySelector(".now").setAttribute("aria-live", on ? "off" : "polite");
    }
    function step() {
      if (+slider.value >= last) return playing(false);
      slider.value = +slider.value + 1;
      show();
    }
    function toggle() {
      if (!timer && +slider.value >= last) slider.value = 0;
      playing(!timer);
      show();
    }

    form.hidden = false;
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("input", function (event) {
      if (event.target === slider && timer) playing(false);
      show();
    });
    play.addEventListener("click", toggle);
    slider.addEventListener("keydown", function (event) {
      if (event.key !== " ") return;
      event.preventDefault();
      toggle();
    });
    show();
  }

  var button = document.querySelector(".theme"), source = document.getElementById("moments");
  if (button) theme(button);
  key(all(".key button"));
  if (source) map(document.querySelector(".controls"), JSON.parse(source.textContent));
  // Tables and commands wider than their frame are reached by keyboard; the others are no stop on the way.
  function frames() {
    all(".scroll, pre").forEach(function (frame) {
      if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0;
      else frame.removeAttribute("tabindex");
    });
  }
  frames();
  addEventListener("resize", frames);
  addEventListener("toggle", frames, true);
  // Paper shows all measures.
  addEventListener("beforeprint", function () { all("details.all").forEach(function (details) { details.open = true; }); });
  document.documentElement.dataset.ready = "true";
})();
