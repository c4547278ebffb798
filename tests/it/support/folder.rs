//! A temporary folder with a configuration in it.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

/// A secret that receivers of tests share with the daemon. Source: the reference libraries.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A watch on the East China Sea, which every test may use.
pub(crate) const WATCH: &str = r#"
[[watch]]
name = "East China Sea"
severity = "high"
regions = ["East China Sea"]
"#;

/// Gone with its test.
#[derive(Debug)]
pub(crate) struct Folder(TempDir);

impl Folder {
    /// A folder whose main file has `settings` for tests, and after them `text`.
    pub(crate) fn with(text: &str) -> Self {
        let folder = Self(TempDir::new().expect("a temporary folder"));
        folder.write("wirewatch.toml", &(folder.settings() + text));
        folder
    }

    /// The store in this folder, feeds on loopback looked at each second, no web server.
    pub(crate) fn settings(&self) -> String {
        let store = self.path("wirewatch.db");
        format!(
            "[store]\nurl = \"sqlite:{}\"\n[polling]\ninterval = \"1s\"\nper_host = 100\n\
             allow_private = [\"127.0.0.0/8\"]\n[web]\nlisten = \"off\"\n",
            store.display()
        )
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The main file.
    pub(crate) fn main(&self) -> PathBuf {
        self.path("wirewatch.toml")
    }

    /// Writes a file whole.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("inside the folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Text with this folder's own path left out, so that it is the same on every machine.
    pub(crate) fn without_path(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.0.path().display()), "")
    }
}

/// A `[[feed]]` with the id `name`.
pub(crate) fn feed(name: &str, url: &str) -> String {
    format!("[[feed]]\nid = \"{name}\"\nname = \"{name}\"\nurl = \"{url}\"\n")
}

/// A `[[notifier]]` of type webhook; `more` is what else it says.
pub(crate) fn webhook(name: &str, url: &str, more: &str) -> String {
    format!(
        "[[notifier]]\nname = \"{name}\"\ntype = \"webhook\"\nurl = \"{url}\"\n\
         secret = \"{SECRET}\"\n{more}\n"
    )
}
