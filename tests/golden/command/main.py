import argparse


def main() -> None:
    parser = argparse.ArgumentParser(description="My-Service")
    parser.add_argument("name", nargs="?", default="world", help="who is greeted")
    arguments = parser.parse_args()
    print(f"Hello, {arguments.name}")


if __name__ == "__main__":
    main()
