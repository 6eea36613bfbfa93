"use strict";

// Shows the documents of /flexsc/events. Text is set as text only; nothing that comes from the server is read as markup or code.
(() => {
  const keptFigures = 60;
  const element = id => document.getElementById(id);
  const history = { entries: [], batch: [] };
  let isPaused = false;
  let events = null;

  const grouped = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
  const none = "–";

  /** A figure with as many digits as one reads: 3 at the least for small ones, whole numbers for large ones. */
  function figure(value) {
    return value === null || value === undefined ? none
      : value === 0 ? "0"
      : value < 10 ? value.toFixed(2)
      : value < 100 ? value.toFixed(1)
      : grouped.format(value);
  }

  function percent(value) {
    return value === undefined ? none : `${Math.round(value * 100)} %`;
  }

  function duration(microseconds) {
    return microseconds === null || microseconds === undefined ? none
      : microseconds < 1000 ? `${figure(microseconds)} µs`
      : microseconds < 1e6 ? `${figure(microseconds / 1000)} ms`
      : `${figure(microseconds / 1e6)} s`;
  }

  function ago(seconds) {
    return seconds < 120 ? `${Math.round(seconds)} s` : seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
  }

  function counted(count, noun) {
    return `${grouped.format(count)} ${noun}${count === 1 ? "" : "s"}`;
  }

  function setText(target, text) {
    // What is the same is left alone: a screen reader may be reading it.
    if (target.textContent !== text) {
      target.textContent = text;
    }
  }

  /** As many children as items, each made once and filled anew. */
  function fill(parent, items, make, update) {
    while (parent.children.length > items.length) {
      parent.lastElementChild.remove();
    }

    while (parent.children.length < items.length) {
      parent.append(make());
    }

    items.forEach((item, index) => update(parent.children[index], item));
  }

  function fillRows(body, labels, rows) {
    fill(body, rows, () => {
      const row = document.createElement("tr");
      labels.forEach((label, index) => {
        const cell = document.createElement(index === 0 ? "th" : "td");
        if (index === 0) {
          cell.scope = "row";
        }

        cell.dataset.label = label;
        cell.append(document.createElement("span"));
        row.append(cell);
      });
      return row;
    }, (row, cells) => cells.forEach((cell, index) => {
      const span = row.children[index].firstElementChild;
      setText(span, cell.text ?? cell);
      span.className = cell.kind ?? "";
    }));
  }

  function fillList(list, texts) {
    fill(list, texts, () => document.createElement("li"), setText);
  }

  function stateOf(loop) {
    return loop.hasFailed ? { text: "ended by an error", kind: "warn" }
      : loop.givenUp ? { text: `given up, held up by ${loop.givenUp.running}`, kind: "warn" }
      : loop.isHeldUp ? { text: `held up by ${loop.running ?? "something"}`, kind: "warn" }
      : loop.isParked ? (loop.isOpen ? "waits" : "waits, takes nothing new")
      : `runs${loop.running ? ` ${loop.running}` : ""}`;
  }

  function showLoops(report, rates) {
    const labels = ["Loop", "Core", "State", "CPU", "Waiting", "Calls / s", "Batch", "Traps per call", "Connections", "Actors", "Entries"];
    fillRows(element("loop-rows"), labels, report.loops.map(loop => {
      const rate = rates.find(candidate => candidate.index === loop.index) ?? {};
      return [
        `${loop.index}`,
        loop.cpu === null || loop.cpu === undefined ? none : `${loop.cpu}${loop.pinnedTo === null || loop.pinnedTo === undefined ? "" : " (pinned)"}`,
        stateOf(loop),
        percent(rate.utilisation),
        percent(rate.waiting),
        figure(rate.entriesPerSecond),
        figure(rate.entriesPerTrap),
        figure(rate.trapsPerEntry),
        loop.refusedConnections > 0
          ? { text: `${grouped.format(loop.connections)}, ${grouped.format(loop.refusedConnections)} refused`, kind: "warn" }
          : grouped.format(loop.connections),
        grouped.format(loop.actors),
        `${grouped.format(loop.entriesUsed)} of ${grouped.format(loop.entriesLimit)}`,
      ];
    }));
  }

  function showCores(report, rates) {
    const allowed = report.allowance?.cpus ?? [];
    const used = report.loops.map(loop => loop.cpu).filter(cpu => cpu !== null && cpu !== undefined);
    const forCalls = report.syscallCores.map(core => core.cpu);
    const cores = [...new Set([...allowed, ...used, ...forCalls])].sort((left, right) => left - right);
    fill(element("cores"), cores, () => {
      const item = document.createElement("li");
      const name = document.createElement("strong");
      const bar = document.createElement("div");
      bar.className = "bar";
      bar.setAttribute("aria-hidden", "true");
      bar.append(document.createElement("span"));
      item.append(name, bar, document.createElement("div"));
      return item;
    }, (item, cpu) => {
      const here = report.loops.filter(loop => loop.cpu === cpu);
      const share = here.reduce((sum, loop) => sum + (rates.find(rate => rate.index === loop.index)?.utilisation ?? 0), 0);
      const kinds = report.syscallCores.filter(core => core.cpu === cpu).map(core => `system calls (${core.kind})`);
      const [name, bar, text] = item.children;
      setText(name, `Core ${cpu}`);
      bar.firstElementChild.style.width = `${Math.min(100, share * 100)}%`;
      setText(text, [...here.map(loop => `loop ${loop.index}`), ...kinds].join(", ") + (here.length > 0 ? `: ${percent(share)}` : kinds.length > 0 ? "" : "no loop"));
    });
    const quota = report.allowance?.quota?.cores;
    setText(element("quota"), `A loop is shown on the core that it ran on last.${quota === null || quota === undefined ? "" : ` The control group allows ${figure(quota)} cores’ time.`}`);
  }

  function showPlacement(placement) {
    element("decisions").hidden = !placement || placement.decisions.length === 0;
    if (!placement) {
      setText(element("plan"), "Placement at run time is off.");
      fillRows(element("decision-rows"), [], []);
      return;
    }

    const cores = placement.syscallCores.length === 0 ? "no core for system calls alone" : `for system calls the cores ${placement.syscallCores.join(", ")}`;
    setText(element("plan"), `Policy ${placement.policy}: ${counted(placement.loopsInUse, "loop")} in use, ${placement.openLoops} open to new work, ${cores}.`
      + (placement.decisions.length === 0 ? " Nothing was decided yet." : ""));
    fillRows(element("decision-rows"), ["Ago", "Loops", "Reason"], placement.decisions.map(decision => [
      ago(decision.secondsAgo), `${decision.loopsInUse} in use, ${decision.openLoops} open`, decision.reason,
    ]));
  }

  function showBackend(report) {
    const backend = report.backend;
    setText(element("backend"), backend?.chosen ?? none);
    element("fallback").hidden = !backend?.isFallback;
    setText(element("reason"), backend ? (backend.requested === "auto" ? backend.reason : `asked for: ${backend.requested}; ${backend.reason}`) : "No loop was started yet.");
    const remedies = backend?.remedies ?? [];
    element("remedies").hidden = remedies.length === 0;
    fillList(element("remedies"), remedies);
  }

  function showActors(report) {
    const texts = [
      ...report.busiestActors.map(actor => `${actor.path} on loop ${actor.loop}`),
      ...report.evictedActors.map(actor => `${actor.path}: moved to the thread pool, for it held up its loop`),
    ];
    const more = report.evictedActorCount - report.evictedActors.length;
    element("actors-none").hidden = texts.length > 0;
    fillList(element("actors"), more > 0 ? [...texts, `and ${grouped.format(more)} more on the thread pool`] : texts);
  }

  function draw(chart, name, values, value) {
    values.push(value);
    if (values.length > keptFigures) {
      values.shift();
    }

    const known = values.filter(candidate => candidate !== null);
    const most = Math.max(...known, 0);
    const points = values.map((candidate, index) => candidate === null ? null
      : `${((keptFigures - values.length + index) * 240 / (keptFigures - 1)).toFixed(1)},${(46 - (most > 0 ? candidate / most * 44 : 0)).toFixed(1)}`);
    chart.firstElementChild.setAttribute("points", points.filter(point => point !== null).join(" "));
    chart.setAttribute("aria-label", known.length === 0 ? `${name}: no figures yet` : `${name}: now ${figure(known.at(-1))}, at most ${figure(most)} in the last ${keptFigures} reports`);
  }

  function show(shown) {
    const { report, totals, rates } = shown;
    setText(element("system"), `${report.system} · ${report.program} · process ${report.processId}`);
    document.title = `FlexSC: ${report.system}`;
    const notRunning = element("not-running");
    notRunning.hidden = !report.notRunningReason;
    setText(notRunning, report.notRunningReason ? `FlexSC does not run here: ${report.notRunningReason}` : "");
    setText(element("requests"), figure(totals.requestsPerSecond));
    setText(element("entries"), figure(totals.entriesPerSecond));
    setText(element("traps"), figure(totals.trapsPerSecond));
    setText(element("batch"), figure(totals.entriesPerTrap));
    setText(element("per-request"), figure(totals.trapsPerRequest));
    setText(element("latency"), duration(totals.meanMicroseconds));
    setText(element("connections"), grouped.format(totals.connections));
    setText(element("cores-used"), figure(totals.cores));
    draw(element("entries-chart"), "System calls a second", history.entries, totals.entriesPerSecond);
    draw(element("batch-chart"), "Batch", history.batch, totals.entriesPerTrap);
    showBackend(report);
    showLoops(report, rates);
    fillRows(element("call-rows"), ["Call", "Completed / s", "Mean", "Longest"], shown.calls.map(call => [
      call.call, figure(call.perSecond), duration(call.meanMicroseconds), duration(call.longestMicroseconds),
    ]));
    showCores(report, rates);
    showPlacement(report.placement);
    showActors(report);
    setText(element("footer"), `Report ${shown.sequence} of ${report.time}, over ${figure(shown.intervalSeconds)} s; ${shown.viewers} of ${shown.maxViewers} viewers.`);
  }

  function tell(text, isLost) {
    setText(element("status"), text);
    element("status").classList.toggle("lost", isLost);
  }

  async function tellWhyClosed() {
    try {
      const answer = await fetch("/flexsc/report");
      if (answer.status === 401) {
        location.reload();
        return;
      }

      tell(answer.ok ? "as many look as may: close another page, then load this one again" : `the server answers ${answer.status}`, true);
    } catch {
      tell("the server has ended; load the page again when it is back", true);
    }
  }

  function connect() {
    events = new EventSource("/flexsc/events");
    events.addEventListener("message", message => {
      if (!isPaused) {
        show(JSON.parse(message.data));
        tell("live", false);
      }
    });
    events.addEventListener("error", () => {
      if (events.readyState === EventSource.CLOSED) {
        tellWhyClosed();
      } else if (!isPaused) {
        tell("connection lost, trying again …", true);
      }
    });
  }

  element("pause").addEventListener("click", () => {
    isPaused = !isPaused;
    element("pause").setAttribute("aria-pressed", `${isPaused}`);
    tell(isPaused ? "paused: the figures stand still" : "live", false);
  });

  // A page that nobody sees takes no viewer's place.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      events?.close();
    } else if (events === null || events.readyState === EventSource.CLOSED) {
      connect();
    }
  });
  connect();
})();
