//! Prepares `static/` for serving: a name that changes with the content, and the content
//! compressed as small as it gets, since it is done once and read forever.
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=static");
    bake("OPINT_COMMIT", "OPINT_BUILD_COMMIT", "unknown");
    bake("OPINT_BUILD", "OPINT_BUILD_NUMBER", "");
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let mut files: Vec<PathBuf> =
        fs::read_dir("static")?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort();
    let mut table = String::from("/// Every file of `static/`.\npub(crate) static ASSETS: &[Asset] = &[\n");
    for file in files.iter().filter(|file| file.is_file()) {
        let content = fs::read(file)?;
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let hashed = hashed(name, &content);
        let stored = [("", content.clone()), (".br", brotli(&content)?), (".gz", gzip(&content)?)];
        for (suffix, bytes) in &stored {
            fs::write(out.join(format!("{hashed}{suffix}")), bytes)?;
        }
        let include = |suffix: &str| format!("include_bytes!({:?})", out.join(format!("{hashed}{suffix}")));
        writeln!(
            table,
            "    Asset {{ name: {name:?}, url: {:?}, hashed: {hashed:?}, raw: {}, br: {}, gz: {} }},",
            format!("/static/{hashed}"),
            include(""),
            include(".br"),
            include(".gz")
        )
        .map_err(io::Error::other)?;
    }
    table.push_str("];\n");
    fs::write(out.join("assets.rs"), table)
}

/// Puts a variable of the build's environment into the program.
fn bake(name: &str, variable: &str, default: &str) {
    println!("cargo::rerun-if-env-changed={variable}");
    println!("cargo::rustc-env={name}={}", env::var(variable).unwrap_or_else(|_| default.into()));
}

/// `opint.css` becomes `opint.0123456789ab.css`.
fn hashed(name: &str, content: &[u8]) -> String {
    let digest: String = Sha256::digest(content).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let path = Path::new(name);
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    format!("{stem}.{digest}.{extension}")
}

fn brotli(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    brotli::CompressorWriter::new(&mut packed, 4096, 11, 22).write_all(content)?;
    Ok(packed)
}

fn gzip(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content)?;
    encoder.finish()
}
