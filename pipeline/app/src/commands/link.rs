//! `link`: an address that lets a browser in, once.

use super::print;
use crate::access::{Access, Token};
use crate::clock;
use crate::config::Config;
use crate::failure::Failure;
use crate::instance::Instance;
use crate::remote::Remote;
use std::path::Path;

/// Prints a new link to the page of the instance that runs on the folder.
pub fn link(config: &Config, is_json: bool) -> Result<(), Failure> {
    let data = &config.log.data;
    let nobody = || {
        let data = data.display();
        Failure::Unavailable(format!("no instance runs on {data}: start desirepath run [D0765]"))
    };
    let instance = Instance::of_folder(data).ok_or_else(nobody)?;
    if !Remote::at(&instance.url).is_alive() {
        return Err(nobody());
    }
    let link = new_link(&instance, data)?;
    print(|out| match is_json {
        true => writeln!(out, "{}", serde_json::json!({ "link": link })),
        false => writeln!(out, "{link}"),
    })
}

/// A new link, which the instance knows from now on.
pub fn new_link(instance: &Instance, data: &Path) -> Result<String, Failure> {
    let token = Token::new()?;
    Access::of(data).change(|ledger| ledger.add_link(token.digest(), clock::wall()))?;
    Ok(instance.link(&token))
}
