"""Programs planted wherever git lets a repository name one; each leaves a marker when it runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.command.running import GIT, commit, git, write

HOOKS = """\
applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg post-commit
pre-rebase post-checkout post-merge pre-push pre-receive update proc-receive post-receive post-update
reference-transaction push-to-checkout pre-auto-gc post-rewrite sendemail-validate fsmonitor-watchman post-index-change
"""
SIGNATURE = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n wsBcBAABCAAQBQJ\n -----END PGP SIGNATURE-----\n"


def program(markers: Path, name: str, then: str = "false") -> str:
    """The words of a program that leaves a marker."""
    return f"touch '{markers}/{name}'; {then}"


def script(markers: Path, name: str) -> str:
    """The same, as an executable file."""
    path = markers.parent / f"{name}.sh"
    path.write_text(f"#!/bin/sh\n{program(markers, name)}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def settings(markers: Path) -> dict[str, str]:
    """What a configuration can say that makes git run something, or lets it."""

    def run(name: str, then: str = "false") -> str:
        return program(markers, name, then)

    return {
        "alias.status": f"!{run('alias')}",
        "commit.gpgSign": "true",
        "core.alternateRefsCommand": run("alternate-refs"),
        "core.askPass": run("ask-pass"),
        "core.editor": run("editor"),
        "core.fsmonitor": run("fsmonitor"),
        "core.gitProxy": run("git-proxy"),
        "core.pager": run("pager", "cat"),
        "core.sshCommand": run("ssh-command"),
        "credential.helper": f"!{run('credential-helper')}",
        "diff.external": run("external-diff", "true"),
        "diff.ignoreSubmodules": "none",
        "diff.planted.command": run("diff-command", "true"),
        "diff.planted.textconv": run("textconv", "cat"),
        "extensions.partialClone": "origin",
        "filter.planted.clean": run("clean", "cat"),
        "filter.planted.smudge": run("smudge", "cat"),
        "filter.served.process": run("process"),
        "gpg.program": script(markers, "gpg"),  # the one that no shell runs
        "interactive.diffFilter": run("diff-filter", "cat"),
        "log.showSignature": "true",
        "merge.planted.driver": run("merge-driver"),
        "merge.default": "planted",
        "pager.diff": run("pager", "cat"),
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::touch {markers}/remote",
        "safe.bareRepository": "all",
        "sequence.editor": run("editor"),
        "submodule.recurse": "true",
        "submodule.sub.update": f"!{run('submodule-update')}",
        "trailer.sign.command": run("trailer"),
        "uploadpack.packObjectsHook": run("pack-objects"),
        f"url.ext::touch {markers}/url .insteadOf": "/",
    }


def plant(git_directory: Path, markers: Path, *, within: str = "config") -> None:
    """Plants all in a git directory; `within` is the file of it that has the settings."""
    for name, value in settings(markers).items():
        git(git_directory, "config", "--file", str(git_directory / within), name, value)
    (git_directory / "hooks").mkdir(exist_ok=True)
    for name in HOOKS.split():
        hook = git_directory / "hooks" / name
        hook.write_text(f"#!/bin/sh\n{program(markers, f'hook-{name}', 'true')}\n", encoding="utf-8")
        hook.chmod(0o755)
    (git_directory / "info").mkdir(exist_ok=True)
    attributes = "* filter=planted diff=planted merge=planted\n"
    (git_directory / "info/attributes").write_text(attributes, encoding="utf-8")


def sign(repository: Path) -> None:
    """Makes the last commit a signed one, so that there is something for the program that looks at signatures."""
    header, _, message = git(repository, "cat-file", "commit", "HEAD").partition("\n\n")
    made = subprocess.run(
        [*GIT, "hash-object", "-t", "commit", "-w", "--stdin"], cwd=repository, check=True, capture_output=True,
        text=True, input=f"{header}\n{SIGNATURE}\n{message}",
    ).stdout.strip()  # fmt: skip
    git(repository, "reset", "--quiet", "--soft", made)


def age(root: Path) -> None:
    """Gives every file another time, so that git has to look into it."""
    for path in root.rglob("*"):
        if ".git" not in path.relative_to(root).parts and path.is_file():
            os.utime(path, (1_700_000_000, 1_700_000_000))


def git_directory(checkout: Path) -> Path:
    """Where its configuration is."""
    return checkout / git(checkout, "rev-parse", "--git-common-dir").strip()


def clone(project: Path, markers: Path) -> Path:
    plant(project / ".git", markers)
    return project


def served(project: Path, markers: Path) -> Path:
    """By a filter that stays, for all files."""
    plant(project / ".git", markers)
    (project / ".git/info/attributes").write_text("* filter=served diff=other\n", encoding="utf-8")
    return project


def archive(project: Path, markers: Path) -> Path:
    """Unpacked with its .git, at other times and inodes."""
    plant(project / ".git", markers)
    return shutil.copytree(project, project.parent / "unpacked/shop", copy_function=shutil.copy)


def included(project: Path, markers: Path) -> Path:
    """The settings in a file that the configuration includes, the hooks in a folder that it names."""
    plant(project / ".git", markers, within="more")
    (project / ".git/hooks").rename(project / ".git/others")
    git(project, "config", "core.hooksPath", str(project / ".git/others"))
    git(project, "config", "include.path", "more")
    return project


def submodule(project: Path, markers: Path) -> Path:
    outer = commit(write(project.parent / "outer", {"README": "outer\n"}))
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(project), "shop")
    commit(outer)
    plant(outer / ".git", markers)
    plant(git_directory(outer / "shop"), markers)
    return outer / "shop"


def around_a_submodule(project: Path, markers: Path) -> Path:
    """A project with a changed submodule, which git looks into by another git."""
    other = commit(write(project.parent / "other", {"README": "other\n"}))
    git(project, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "sub")
    commit(project)
    plant(project / ".git", markers)
    plant(git_directory(project / "sub"), markers)
    return project


def worktree(project: Path, markers: Path) -> Path:
    """A linked one, whose own configuration has them."""
    linked = project.parent / "linked/shop"
    git(project, "worktree", "add", "--quiet", "--detach", str(linked))
    git(project, "config", "extensions.worktreeConfig", "true")
    plant(project / ".git", markers)
    plant(project / ".git/worktrees/shop", markers, within="config.worktree")
    return linked


def elsewhere(project: Path, markers: Path) -> Path:
    """The .git is a file that names a folder of the repository."""
    plant(project / ".git", markers)
    (project / ".git").rename(project.parent / "data")
    (project / ".git").write_text("gitdir: ../data\n", encoding="utf-8")
    return project


def lacking(project: Path, markers: Path) -> Path:
    """Objects are missing, for which git asks the remote."""
    plant(project / ".git", markers)
    lost = git(project, "rev-parse", "HEAD:web.py").strip()
    (project / ".git/objects" / lost[:2] / lost[2:]).unlink()
    return project


def like_a_bare_one(project: Path, markers: Path) -> Path:
    """A folder that a clone brings, and that git takes for a repository."""
    outer = project.parent / "bare-looking"
    inner = outer / "shop"
    shutil.copytree(project, inner, ignore=shutil.ignore_patterns(".git"))
    shutil.copytree(project / ".git", inner, dirs_exist_ok=True, ignore=shutil.ignore_patterns("hooks", "index"))
    for folder in "objects", "refs/heads":
        (inner / folder / ".keep").touch()
    git(inner, "config", "--file", "config", "core.bare", "false")
    git(inner, "config", "--file", "config", "core.worktree", ".")
    plant(inner, markers)
    (inner / ".gitattributes").write_text("* filter=planted\n", encoding="utf-8")
    commit(outer)
    git(outer.parent, "clone", "--quiet", str(outer), "cloned")
    return outer.parent / "cloned/shop"


PLACES = [
    clone, served, archive, included, submodule, around_a_submodule, worktree, elsewhere, lacking, like_a_bare_one,
]  # fmt: skip
