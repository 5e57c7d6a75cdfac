//! The generated cluster: always the same, complete, and as its manifest says.

use super::*;

fn generated(scale: Scale) -> Generated {
    match generate(1, scale, &|_| {}) {
        Ok(generated) => generated,
        Err(Defects(defects)) => {
            for defect in defects.iter().take(40) {
                println!("{defect}");
            }
            panic!("{} defects", defects.len());
        }
    }
}

#[test]
fn tiny() {
    let generated = generated(Scale::Tiny);
    println!("{:#?}", generated.manifest);
}

#[test]
fn x1() {
    let start = std::time::Instant::now();
    let generated = generated(Scale::X1);
    println!("{:?}", start.elapsed());
    println!("{:#?}", generated.manifest.events);
    println!("{:#?}", generated.manifest.cases);
}
