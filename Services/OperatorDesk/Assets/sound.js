// Short tones, made by the browser itself.
let context;

/** A tone of `seconds`; silent where the browser allows no sound yet. */
export function tone(seconds = 0.4, hertz = 660) {
    try {
        context ??= new AudioContext();
        const source = context.createOscillator();
        const volume = context.createGain();
        volume.gain.value = 0.15;
        source.frequency.value = hertz;
        source.connect(volume).connect(context.destination);
        source.start();
        source.stop(context.currentTime + seconds);
    } catch (error) {
        // No sound card: what is heard is seen as well.
        console.warn("No tone could be played.", error);
    }
}
