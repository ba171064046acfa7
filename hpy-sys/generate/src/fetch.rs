//! Wheels, by name, version and checksum, unpacked into the cache folder.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

/// One wheel of the Python package index.
pub struct Wheel {
    pub requirement: &'static str,
    pub sha256: &'static str,
    /// What pip is told, so that it picks this wheel whatever Python runs it.
    pub platform: &'static [&'static str],
}

/// Where HPy's headers come from. Nothing of them is kept in the repository.
pub const HPY: Wheel = Wheel {
    requirement: "hpy==0.9.0",
    sha256: "48b42aff81a6797ad01d314940d8aadddedeb987c42f00453079553c15fbf70a",
    platform: &[
        "--python-version=3.11",
        "--implementation=cp",
        "--abi=cp311",
        "--platform=manylinux_2_17_x86_64",
    ],
};

/// What bindgen parses C with, where `LIBCLANG_PATH` does not name another one.
pub const LIBCLANG: Wheel = Wheel {
    requirement: "libclang==18.1.1",
    sha256: "c533091d8a3bbf7460a00cb6c1a71da93bffe148f172c7d03b1c31fbf8aa2a0b",
    platform: &["--platform=manylinux2010_x86_64"],
};

impl Wheel {
    /// The folder with the wheel's files; the index is asked only where there is none yet.
    pub fn unpacked(&self) -> Result<PathBuf> {
        let cache = cache_folder()?.join("bindings");
        let folder = cache.join(format!("{}-{}", self.requirement, &self.sha256[..12]));
        if folder.is_dir() {
            return Ok(folder);
        }
        let work = cache.join(format!("work-{}", process::id()));
        fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
        let done = self.unpack_by_way_of(&work, &folder);
        fs::remove_dir_all(&work)?;
        done.with_context(|| format!("cannot fetch {}", self.requirement))?;
        Ok(folder)
    }

    fn unpack_by_way_of(&self, work: &Path, folder: &Path) -> Result<()> {
        let pins = work.join("pins.txt");
        fs::write(
            &pins,
            format!("{} --hash=sha256:{}\n", self.requirement, self.sha256),
        )?;
        let download = [
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
        ];
        run(python()
            .args(download)
            .args(["--no-deps", "--only-binary=:all:", "--require-hashes"])
            .args(self.platform)
            .arg("--dest")
            .arg(work)
            .arg("--requirement")
            .arg(&pins))?;
        let Some(wheel) = files_of(work)?.into_iter().find(|file| ends_in_whl(file)) else {
            bail!("pip left no wheel in {}", work.display());
        };
        let unpacked = work.join("unpacked");
        run(python()
            .args(["-m", "zipfile", "-e"])
            .arg(wheel)
            .arg(&unpacked))?;
        // Last and in one step: a folder of that name is always complete.
        match fs::rename(&unpacked, folder) {
            Err(_) if folder.is_dir() => Ok(()), // another process was quicker
            other => Ok(other?),
        }
    }
}

/// Runs a command whose output is of interest only where it fails.
pub fn run(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        bail!("{command:?}: {}\n{message}", output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn python() -> Command {
    Command::new(env::var_os("PYTHON").unwrap_or_else(|| "python3".into()))
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>> {
    fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect()
}

fn ends_in_whl(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "whl")
}

fn cache_folder() -> Result<PathBuf> {
    let variable = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    variable("CHUNKARRAY_CACHE")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("chunkarray")))
        .or_else(|| Some(variable("HOME")?.join(".cache/chunkarray")))
        .context("none of CHUNKARRAY_CACHE, XDG_CACHE_HOME and HOME is set")
}
