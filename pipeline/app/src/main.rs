//! The program. Its commands are not built yet, and it says so.

fn main() {
    eprintln!("desirepath has no commands yet: run tests/all.sh to see what stands");
    std::process::exit(64);
}
