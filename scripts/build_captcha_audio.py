"""Records the digits of the image codes with espeak-ng and sox: `python scripts/build_captcha_audio.py`.

The recordings are part of the project; nobody needs to run this to use or change the portal.
"""

import subprocess
from pathlib import Path

VOICES = Path(__file__).resolve().parent.parent / "accounts" / "captcha" / "voices"
DIGITS = "2345689"
WORDS = {
    "ar": dict(zip(DIGITS, ("اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "ثمانية", "تسعة"), strict=True)),
    "en": dict(zip(DIGITS, ("two", "three", "four", "five", "six", "eight", "nine"), strict=True)),
}


def main() -> None:
    for language, words in WORDS.items():
        (VOICES / language).mkdir(parents=True, exist_ok=True)
        for digit, word in words.items():
            _record(language, word, VOICES / language / f"{digit}.wav")


def _record(language: str, word: str, target: Path) -> None:
    spoken = subprocess.run(
        ["espeak-ng", "-v", language, "-s", "120", "--stdout", word], check=True, capture_output=True
    )
    # At 1% the first sound of "three" and of "ثمانية" is taken for silence.
    trimmed = ["silence", "1", "0.02", "0.3%", "reverse", "silence", "1", "0.02", "0.3%", "reverse", "norm", "-2"]
    subprocess.run(
        ["sox", "-t", "wav", "-", "-r", "8000", "-c", "1", "-b", "8", "-e", "unsigned", str(target), *trimmed],
        input=spoken.stdout,
        check=True,
    )


if __name__ == "__main__":
    main()
