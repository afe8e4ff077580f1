//! The `opint` program.
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    opint::cli::run().await
}
