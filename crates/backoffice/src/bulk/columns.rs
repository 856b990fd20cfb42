//! What the columns of a batch's file are, guessed from their names in Finnish, Swedish and English.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::import::{Column, plain_name};

/// What a column of a batch's file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BatchColumn {
    /// Paytrail's id of the payment.
    TransactionId,
    /// The shop's reference of the payment.
    Reference,
    /// The shop's stamp of the payment.
    Stamp,
    /// How much, in euros; empty is all that is left.
    AmountEuros,
    /// How much, in cents; empty is all that is left.
    AmountCents,
    /// The order line that the refund is of.
    ItemStamp,
    /// Where an email refund goes.
    Email,
    /// The shop's reference for the refund.
    RefundReference,
    /// A note for the shop itself.
    Note,
}

impl BatchColumn {
    /// All of them.
    pub const ALL: [BatchColumn; 9] = [
        BatchColumn::TransactionId,
        BatchColumn::Reference,
        BatchColumn::Stamp,
        BatchColumn::AmountEuros,
        BatchColumn::AmountCents,
        BatchColumn::ItemStamp,
        BatchColumn::Email,
        BatchColumn::RefundReference,
        BatchColumn::Note,
    ];

    /// Its name, as on the command line and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            BatchColumn::TransactionId => "transactionId",
            BatchColumn::Reference => "reference",
            BatchColumn::Stamp => "stamp",
            BatchColumn::AmountEuros => "amountEuros",
            BatchColumn::AmountCents => "amountCents",
            BatchColumn::ItemStamp => "itemStamp",
            BatchColumn::Email => "email",
            BatchColumn::RefundReference => "refundReference",
            BatchColumn::Note => "note",
        }
    }

    /// The names that only a batch's file has, as [`plain_name`] writes them; the best first.
    const fn own_names(self) -> &'static [&'static str] {
        match self {
            BatchColumn::TransactionId | BatchColumn::Reference | BatchColumn::Stamp => &[],
            BatchColumn::AmountEuros => &[
                "palautettavasumma",
                "palautussumma",
                "palautus",
                "hyvityssumma",
                "hyvitys",
                "refundamount",
                "refund",
                "återbetalningsbelopp",
                "återbetalning",
            ],
            BatchColumn::AmountCents => &["refundamountcents", "refundcents"],
            BatchColumn::ItemStamp => &[
                "itemstamp",
                "rivinleima",
                "tuoterivinleima",
                "riviid",
                "itemid",
                "radstämpel",
                "radensstämpel",
            ],
            BatchColumn::Email => &[
                "refundemail",
                "emailrefund",
                "palautuksensähköposti",
                "hyvityksensähköposti",
                "återbetalningsepost",
            ],
            BatchColumn::RefundReference => &[
                "refundreference",
                "palautuksenviite",
                "palautusviite",
                "hyvitysviite",
                "återbetalningsreferens",
                "återbetalningensreferens",
            ],
            BatchColumn::Note => &[
                "note",
                "huomautus",
                "huomio",
                "muistiinpano",
                "lisätieto",
                "syy",
                "comment",
                "kommentti",
                "anteckning",
                "kommentar",
                "notering",
            ],
        }
    }

    /// The same column of an import's table.
    const fn of_import(self) -> Option<Column> {
        match self {
            BatchColumn::TransactionId => Some(Column::TransactionId),
            BatchColumn::Reference => Some(Column::Reference),
            BatchColumn::Stamp => Some(Column::Stamp),
            BatchColumn::AmountEuros => Some(Column::AmountEuros),
            BatchColumn::AmountCents => Some(Column::AmountCents),
            // A column of customers' addresses is in every web shop's export: taken for where email refunds go, it
            // would make each line one that can't be proven.
            BatchColumn::Email
            | BatchColumn::ItemStamp
            | BatchColumn::RefundReference
            | BatchColumn::Note => None,
        }
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        let imported = self.of_import().map_or(&[][..], Column::names);
        self.own_names().iter().chain(imported).copied()
    }
}

impl fmt::Display for BatchColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for BatchColumn {
    type Err = String;

    fn from_str(text: &str) -> Result<BatchColumn, String> {
        let found = BatchColumn::ALL
            .into_iter()
            .find(|column| column.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| {
            let known = BatchColumn::ALL.map(BatchColumn::as_str).join(", ");
            format!("'{text}' is none of: {known}")
        })
    }
}

/// Each column's meaning, by its name. Of two that could be the same the one with the better name is it.
pub(super) fn guess(header: &[String]) -> Vec<Option<BatchColumn>> {
    let names: Vec<String> = header.iter().map(|field| plain_name(field)).collect();
    let mut guessed = vec![None; header.len()];
    for column in BatchColumn::ALL {
        let found = column
            .names()
            .find_map(|known| names.iter().position(|name| name == known));
        if let Some(at) = found
            && let Some(slot @ None) = guessed.get_mut(at)
        {
            *slot = Some(column);
        }
    }
    // Both stand for one value: the more exact one is read.
    if guessed.contains(&Some(BatchColumn::AmountCents)) {
        for slot in &mut guessed {
            if *slot == Some(BatchColumn::AmountEuros) {
                *slot = None;
            }
        }
    }
    guessed
}

/// By what a batch's header is known again; never the same as of an import's.
pub(super) fn fingerprint(header: &[String]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"batch\x1e");
    for field in header {
        hash.update(plain_name(field).as_bytes());
        hash.update([0x1f]);
    }
    hex::encode(hash.finalize())
}
