// The page: a recording goes to the server, segments come back as they are understood.
import {formats, timestamp} from "./subtitles.js";

const element = (id) => document.getElementById(id);
const player = element("player");
const transcript = element("transcript");

let name = "recording";
let segments = [];
let words = [];  // of all segments: {start, end, element}
let request = null;  // an AbortController while the server works
let recorder = null;

// --- what the user sees

function say(text, isProblem = false) {
  element("status").textContent = text;
  element("status").classList.toggle("problem", isProblem);
}

function showWork(working) {
  element("work").hidden = false;
  element("cancel").hidden = !working;
  element("downloads").hidden = working || segments.length === 0;
  element("hint").hidden = words.length === 0;
}

function addWord(parent, text, start, end) {
  const word = document.createElement("span");
  word.className = "word";
  word.textContent = text;
  word.setAttribute("role", "button");
  word.tabIndex = words.length === 0 ? 0 : -1;  // the tab key enters the text once
  word.dataset.index = words.length;
  words.push({start, end, element: word});
  parent.append(word, " ");
}

function addSegment(segment) {
  segments.push(segment);
  const line = document.createElement("div");
  line.className = "segment";
  const time = document.createElement("time");
  time.textContent = timestamp(segment.start).slice(segment.start < 3600 ? 3 : 0, 8);
  const text = document.createElement("div");
  for (const word of segment.words ?? [{word: segment.text.trim(), start: segment.start, end: segment.end}]) {
    addWord(text, word.word, word.start, word.end);
  }
  line.append(time, text);
  transcript.append(line);
}

// --- the way to the server

/** The objects of a stream of server-sent events. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const {value, done} = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      if (part.startsWith("data: ")) yield JSON.parse(part.slice("data: ".length));
    }
  }
}

function formFor(file) {
  const form = new FormData();
  form.append("model", "whisper-1");
  form.append("response_format", "verbose_json");
  form.append("timestamp_granularities[]", "word");
  form.append("stream", "true");
  form.append("language", element("language").value.trim());
  form.append("prompt", element("prompt").value);
  if (element("translate").checked) form.append("task", "translate");
  form.append("file", file, "recording");
  return form;
}

async function send(file, signal) {
  const key = element("key").value;
  const headers = key ? {Authorization: `Bearer ${key}`} : {};
  const response = await fetch("v1/audio/transcriptions", {method: "POST", body: formFor(file), headers, signal});
  if (!response.ok) {
    const answer = await response.json().catch(() => null);
    throw new Error(answer?.error?.message ?? `The server answered ${response.status}.`);
  }
  for await (const event of events(response.body)) {
    if (event.type === "transcript.text.segment") {
      addSegment(event);
      say(`${timestamp(event.end).slice(0, 8)} understood …`);
      showWork(true);
    } else if (event.type === "transcript.text.done") {
      transcript.lang = "";
      say(segments.length ? `Done: ${event.language}, ${Math.round(event.duration)} s.` : "Nothing was said.");
    } else if (event.type === "error") {
      throw new Error(event.error.message);
    }
  }
}

async function transcribe(file) {
  request?.abort();
  const own = request = new AbortController();
  name = (file.name || "recording").replace(/\.[^.]*$/, "");
  segments = [];
  words = [];
  transcript.replaceChildren();
  URL.revokeObjectURL(player.src);
  player.src = URL.createObjectURL(file);
  say("Listening …");
  showWork(true);
  try {
    await send(file, own.signal);
  } catch (error) {
    if (own === request) say(own.signal.aborted ? "Stopped." : error.message, !own.signal.aborted);
  }
  if (own === request) {
    request = null;
    showWork(false);
  }
}

// --- files, the microphone

element("choose").addEventListener("click", () => element("file").click());
element("file").addEventListener("change", (event) => {
  if (event.target.files.length) transcribe(event.target.files[0]);
  event.target.value = "";
});
element("cancel").addEventListener("click", () => request?.abort());

const drop = element("drop");
for (const kind of ["dragover", "drop", "dragleave"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files.length) transcribe(event.dataTransfer.files[0]);
  });
}

async function record() {
  const stream = await navigator.mediaDevices.getUserMedia({audio: true});
  const pieces = [];
  recorder = new MediaRecorder(stream);
  recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
  recorder.addEventListener("stop", () => {
    for (const track of stream.getTracks()) track.stop();
    const type = recorder.mimeType;
    recorder = null;
    showRecording(false);
    transcribe(new File(pieces, "recording", {type}));
  });
  recorder.start();
  showRecording(true);
}

function showRecording(on) {
  element("record").textContent = on ? "Stop recording" : "Record";
  element("record").setAttribute("aria-pressed", String(on));
}

element("record").addEventListener("click", async () => {
  if (recorder) return recorder.stop();
  try {
    await record();
  } catch (error) {
    showWork(false);
    say(`No microphone: ${error.message}`, true);
  }
});
if (!navigator.mediaDevices || !window.MediaRecorder) element("record").hidden = true;

// --- playing

function play(index) {
  player.currentTime = words[index].start;
  player.play().catch((error) => {
    // A pause or another sound before this one began: somebody's wish.
    if (error.name !== "AbortError") say(`The sound cannot be played: ${error.message}`, true);
  });
}

function focus(index) {
  for (const word of transcript.querySelectorAll('[tabindex="0"]')) word.tabIndex = -1;
  words[index].element.tabIndex = 0;
  words[index].element.focus();
}

transcript.addEventListener("click", (event) => {
  const word = event.target.closest(".word");
  if (word) play(Number(word.dataset.index));
});
transcript.addEventListener("keydown", (event) => {
  const word = event.target.closest(".word");
  if (!word) return;
  const index = Number(word.dataset.index);
  const moves = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -index, End: words.length - 1 - index};
  if (event.key in moves) {
    focus(Math.min(words.length - 1, Math.max(0, index + moves[event.key])));
  } else if (event.key === "Enter" || event.key === " ") {
    play(index);
  } else {
    return;
  }
  event.preventDefault();
});
player.addEventListener("timeupdate", () => {
  for (const {start, end, element: word} of words) {
    word.classList.toggle("now", player.currentTime >= start && player.currentTime < end);
  }
});

// --- downloads, and what the server is

for (const button of element("downloads").querySelectorAll("button")) {
  button.addEventListener("click", () => {
    const {type, write} = formats[button.dataset.format];
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([write(segments)], {type}));
    link.download = `${name}.${button.dataset.format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}

element("key").value = sessionStorage.getItem("key") ?? "";
element("key").addEventListener("change", (event) => sessionStorage.setItem("key", event.target.value));
fetch("health").then((response) => response.json()).then((health) => {
  if (health.model) element("server").textContent = `Speech to text with ${health.model}, on this server.`;
}).catch(() => {});
