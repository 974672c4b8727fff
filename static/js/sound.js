// Tones by WebAudio; browsers hold them back until somebody has pressed something, and the top bar says which of the three it is.
const html = document.documentElement;
const button = document.querySelector("[data-sound-button]");
let audio = null;

const wanted = () => (localStorage.getItem("sound") ?? html.dataset.sound ?? "on") !== "off";

function context() {
  const Audio = window.AudioContext ?? window.webkitAudioContext;
  if (!audio && Audio) {
    audio = new Audio();
    audio.addEventListener("statechange", paint);
  }
  return audio;
}

/** on, off, or blocked by the browser. */
export function soundState() {
  if (!wanted()) return "off";
  return context()?.state === "running" ? "on" : "blocked";
}

function paint() {
  if (!button) return;
  const state = soundState();
  button.querySelector("span").textContent = button.dataset[state];
  button.querySelector("use").setAttribute("href", `${html.dataset.icons}#${state === "on" ? "bell" : "bell-off"}`);
}

function tone(hertz, start, seconds, loud = 0.25) {
  const swing = audio.createOscillator();
  const volume = audio.createGain();
  const at = audio.currentTime + start;
  swing.frequency.value = hertz;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(loud, at + 0.02);
  volume.gain.setValueAtTime(loud, at + seconds - 0.08);
  volume.gain.linearRampToValueAtTime(0, at + seconds);
  swing.connect(volume).connect(audio.destination);
  swing.start(at);
  swing.stop(at + seconds);
}

/** The bell: two tones of 0.6 s. False when it could not sound. */
export function bell() {
  if (soundState() !== "on") return false;
  tone(880, 0, 0.6);
  tone(660, 0.7, 0.6);
  return true;
}

/** A short tone: high = done, low = refused. */
export function beep(high) {
  if (soundState() === "on") tone(high ? 1320 : 220, 0, high ? 0.12 : 0.35);
}

async function wake() {
  if (wanted() && context()?.state === "suspended") await audio.resume().catch(() => {});
  paint();
}

button?.addEventListener("click", async () => {
  const turnOn = soundState() !== "on";
  localStorage.setItem("sound", turnOn ? "on" : "off");
  if (turnOn) await wake();
  paint();
  if (turnOn) bell();
  if (turnOn && "Notification" in window && Notification.permission === "default") Notification.requestPermission();
});
if (button) {
  paint();
  for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, wake, { once: true });
}
