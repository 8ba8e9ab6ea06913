"use strict";
(function () {
  // A regime is brought forward everywhere.
  var buttons = document.querySelectorAll("[data-focus]");
  buttons.forEach(function (button) {
    if (button === document.body) return;
    button.addEventListener("click", function () {
      var on = button.getAttribute("aria-pressed") !== "true";
      buttons.forEach(function (other) { if (other !== document.body) other.setAttribute("aria-pressed", "false"); });
      button.setAttribute("aria-pressed", String(on));
      if (on) document.body.setAttribute("data-focus", button.getAttribute("data-focus"));
      else document.body.removeAttribute("data-focus");
    });
  });

  // The map at a chosen time. Numbers of a moment: x, y, pixels per km, turn on the map, east, north, semi-axes, turn with
  // north up, error; km and degrees.
  var source = document.getElementById("moments"), form = document.querySelector(".controls");
  if (!source || !form) return;
  var data = JSON.parse(source.textContent);
  var HALF = 186, CENTRE = 200;
  form.hidden = false;
  form.addEventListener("submit", function (event) { event.preventDefault(); });

  function put(group, x, y, rx, ry, turn) {
    group.setAttribute("transform", "translate(" + x.toFixed(1) + " " + y.toFixed(1) + ")");
    var ellipse = group.querySelector("ellipse");
    ellipse.setAttribute("rx", rx.toFixed(1));
    ellipse.setAttribute("ry", ry.toFixed(1));
    ellipse.setAttribute("transform", "rotate(" + turn + ")");
  }
  function size(km) { return km < 10 ? km.toFixed(1) : km.toFixed(0); }
  function text(id, words) { document.getElementById(id).textContent = words; }

  function show() {
    var node = +form.elements.node.value, only = form.elements.regime.value, instant = +form.elements.instant.value;
    var time = data.times[instant], after = time - data.burnout;
    var words = time.toFixed(0) + "\u00a0s after launch, " + Math.abs(after).toFixed(0) + "\u00a0s " + (after < 0 ? "before" : "after") + " burnout";
    text("now-node", form.elements.node.selectedOptions[0].textContent);
    text("now-time", words);
    form.elements.instant.setAttribute("aria-valuetext", words);
    var shown = data.placed[node].map(function (instants, regime) {
      return only === "" || +only === regime ? instants[instant] : 0;
    });
    var reach = shown.reduce(function (most, m) {
      return m ? Math.max(most, Math.max(Math.abs(m[4]), Math.abs(m[5])) + m[6]) : most;
    }, 0);
    var half = data.halfWidths.find(function (km) { return km >= reach; }) || data.halfWidths[data.halfWidths.length - 1];
    text("ring-full", half + " km");
    text("ring-half", half / 2 + " km");
    document.querySelectorAll(".moment").forEach(function (group) {
      var m = shown[+group.dataset.regime];
      group.setAttribute("visibility", m ? "visible" : "hidden");
      if (!m) return;
      if (group.dataset.where === "map") put(group, m[0], m[1], m[6] * m[2], m[7] * m[2], m[3]);
      else put(group, CENTRE + m[4] * HALF / half, CENTRE - m[5] * HALF / half, m[6] * HALF / half, m[7] * HALF / half, m[8]);
    });
    document.querySelectorAll("[data-readout]").forEach(function (item) {
      var m = data.placed[node][+item.dataset.readout][instant];
      item.textContent = m ? size(2 * m[6]) + " \u00d7 " + size(2 * m[7]) + "\u00a0km, " + size(m[9]) + "\u00a0km off" : "no impact point";
    });
    var truth = data.truth[instant], missile = document.getElementById("missile");
    if (truth && missile) missile.setAttribute("transform", "translate(" + truth[0] + " " + truth[1] + ")");
  }
  form.addEventListener("input", show);
  show();
})();
