"""The digits read aloud, one after the other, from recordings that ship with the portal (scripts/build_captcha_audio.py)."""

import io
import random
import wave
from functools import cache
from pathlib import Path

RATE = 8000  # samples a second, 8 bits each, one channel
_SILENCE = 128
_PAUSE = bytes([_SILENCE]) * (RATE * 6 // 10)
_VOICES = Path(__file__).parent / "voices"


def speak(answer: str, language: str, seed: str) -> bytes:
    """WAV; `language` is ar or en."""
    spoken = _PAUSE + _PAUSE.join(_recorded(language, digit) for digit in answer) + _PAUSE
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(RATE)
        sound.writeframes(_with_noise(spoken, random.Random(seed + answer)))
    return file.getvalue()


def _with_noise(samples: bytes, dice: random.Random) -> bytes:
    noise = dice.randbytes(len(samples))
    return bytes(min(255, max(0, sample + (hiss & 7) - 4)) for sample, hiss in zip(samples, noise, strict=True))


@cache
def _recorded(language: str, digit: str) -> bytes:
    with wave.open(str(_VOICES / language / f"{digit}.wav"), "rb") as recording:
        return recording.readframes(recording.getnframes())
