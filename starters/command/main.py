import argparse
{% include 'partials/hooks/imports.jinja' %}


def main() -> None:
{% set indent = '    ' %}
{% include 'partials/hooks/start.jinja' %}
    parser = argparse.ArgumentParser(description="{{ project_name }}")
    parser.add_argument("name", nargs="?", default="world", help="who is greeted")
    arguments = parser.parse_args()
    print(f"Hello, {arguments.name}")


if __name__ == "__main__":
    main()
