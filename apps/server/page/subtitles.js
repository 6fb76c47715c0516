// Segments as files, without asking the server again.

const pad = (number, digits) => String(number).padStart(digits, "0");

/** "01:02:03.450", with the mark that the format has before milliseconds. */
export function timestamp(seconds, mark = ".") {
  const ms = Math.max(0, Math.round(seconds * 1000));
  const whole = Math.floor(ms / 1000);
  return `${pad(Math.floor(whole / 3600), 2)}:${pad(Math.floor(whole / 60) % 60, 2)}:${pad(whole % 60, 2)}` +
      `${mark}${pad(ms % 1000, 3)}`;
}

// An arrow within a text would end its cue.
const cueText = (segment) => segment.text.trim().replaceAll("-->", "->");

export const formats = {
  txt: {
    type: "text/plain",
    write: (segments) => segments.map((segment) => segment.text.trim() + "\n").join(""),
  },
  srt: {
    type: "application/x-subrip",
    write: (segments) => segments.map((segment, i) =>
        `${i + 1}\n${timestamp(segment.start, ",")} --> ${timestamp(segment.end, ",")}\n${cueText(segment)}\n\n`).join(""),
  },
  vtt: {
    type: "text/vtt",
    write: (segments) => "WEBVTT\n\n" + segments.map((segment) =>
        `${timestamp(segment.start)} --> ${timestamp(segment.end)}\n${cueText(segment)}\n\n`).join(""),
  },
  json: {
    type: "application/json",
    write: (segments) => JSON.stringify({text: segments.map((segment) => segment.text).join("").trim(), segments}, null, 2),
  },
};
