//! Whose touchpoint it is, and whether it lies where that customer's others lie.

use crate::Settings;
use crate::fields::Fields;
use crate::identifier::derived_customer;
use std::borrow::Cow;

/// Where a touchpoint belongs.
pub(crate) enum Placement<'a> {
    /// Here: of this customer.
    Here(Cow<'a, str>),
    /// On the customer's own partition, to which it is forwarded: there it counts, and not here.
    Elsewhere(Cow<'a, str>, u32),
    /// It was forwarded, and does not belong here: a copy, or from before the producers placed as
    /// they do now. What it is a copy of lies where it counts.
    Astray,
    /// Nobody's.
    Nobody,
}

/// The placement of a touchpoint that lies on a partition; a function of the record alone, so that
/// a replay, and the batch fold, see what the first run saw.
pub(crate) fn place<'a>(
    settings: &Settings,
    partition: u32,
    fields: &Fields<'a>,
    is_forwarded: bool,
) -> Placement<'a> {
    let customer = match fields.customer {
        "" => derived_customer(&settings.secret, &fields.identifiers).map(Cow::Owned),
        said => Some(Cow::Borrowed(said)),
    };
    let Some(customer) = customer else { return Placement::Nobody };
    match settings.topics.of_customer(customer.as_bytes()) {
        own if own == partition => Placement::Here(customer),
        _ if is_forwarded => Placement::Astray,
        own => Placement::Elsewhere(customer, own),
    }
}
