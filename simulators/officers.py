def demo_officers() -> list[dict[str, str]]:
    return []
