//! What the columns of a table are, guessed from their names in Finnish, Swedish and English.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ids::name;

macro_rules! columns {
    ($($(#[$doc:meta])* $column:ident = $word:literal [$($known:literal),* $(,)?]),* $(,)?) => {
        /// What a column of a table is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum Column { $($(#[$doc])* $column),* }

        impl Column {
            /// All of them.
            pub const ALL: &[Column] = &[$(Column::$column),*];

            /// Its name, as on the command line and in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Column::$column => $word),* }
            }

            /// The names that such a column has in files, as [`name`] writes them; the best first.
            pub(crate) const fn names(self) -> &'static [&'static str] {
                match self { $(Column::$column => &[$($known),*]),* }
            }
        }
    };
}

columns! {
    /// Paytrail's id of the payment.
    TransactionId = "transactionId" ["transactionid", "checkouttransactionid", "paytrailtransactionid", "paymenttransactionid",
        "paytrailid", "checkoutid", "tapahtumatunnus", "maksutapahtumantunnus", "transaktiotunnus", "transaktionsid",
        "transaktionsnummer", "betalningsid", "transaction"],
    /// The shop's unique stamp.
    Stamp = "stamp" ["stamp", "checkoutstamp", "leima", "maksuleima", "stämpel", "betalningsstämpel"],
    /// The shop's reference.
    Reference = "reference" ["reference", "viite", "viitenumero", "viitenro", "tilausnumero", "tilausnro", "tilaustunnus", "tilaus",
        "ordernumber", "orderno", "ordernr", "orderid", "ordernummer", "referens", "referensnummer", "beställningsnummer",
        "beställning", "checkoutreference", "paymentreference", "merchantreference", "order"],
    /// An amount in euros.
    AmountEuros = "amountEuros" ["amount", "summa", "summaeur", "summaeuroa", "määrä", "maksunsumma", "maksunmäärä",
        "maksettumäärä", "rahamäärä", "euroa", "hinta", "yhteensä", "loppusumma", "tilauksensumma", "kokonaissumma",
        "tapahtumansumma", "brutto", "bruttosumma", "belopp", "beloppeur", "summaeuro", "totalt", "totalbelopp", "ordersumma",
        "betaltbelopp", "bruttobelopp", "total", "totalamount", "ordertotal", "ordertotalamount", "amounteur", "amounteuro",
        "amounteuros", "grossamount", "gross", "paidamount", "price", "sum"],
    /// An amount in cents.
    AmountCents = "amountCents" ["amountcents", "amountcent", "cents", "summasnt", "summasentteinä", "summasentit", "sentit",
        "beloppcent", "beloppicent", "beloppicents", "amountincents", "amountminor"],
    /// A day.
    Date = "date" ["date", "entrydate", "päivä", "pvm", "päivämäärä", "maksupäivä", "maksupvm", "tapahtumapäivä", "tilauspäivä",
        "tilauspvm", "kirjauspäivä", "luontipäivä", "datum", "betaldatum", "betalningsdatum", "betalningsdag", "orderdatum",
        "bokföringsdag", "bokföringsdatum", "transaktionsdatum", "paymentdate", "orderdate", "transactiondate",
        "datepaid", "paiddate"],
    /// A time of day.
    Time = "time" ["time", "kello", "kellonaika", "klo", "aika", "maksuaika", "tid", "klockan", "klockslag", "paymenttime",
        "ordertime"],
    /// A day and a time.
    DateTime = "dateTime" ["datetime", "created", "createdat", "timestamp", "aikaleima", "luotu", "maksuhetki", "tapahtumaaika",
        "tidsstämpel", "tidpunkt", "skapad", "paidat", "datecreated"],
    /// The status.
    Status = "status" ["status", "tila", "maksuntila", "tapahtumantila", "tilauksentila", "betalningsstatus", "orderstatus",
        "paymentstatus", "transactionstatus", "state"],
    /// The payment method.
    Provider = "provider" ["provider", "paymentmethod", "maksutapa", "maksutavannimi", "maksupalvelu", "betalsätt",
        "betalningssätt", "betalningsmetod", "paymentmethodtitle", "paymenttype", "method"],
    /// The customer's email address.
    Email = "email" ["email", "sähköposti", "sähköpostiosoite", "asiakkaansähköposti", "epost", "epostadress", "billingemail",
        "emailbilling", "customeremail", "emailaddress", "mail"],
    /// The customer's first name.
    FirstName = "firstName" ["firstname", "etunimi", "asiakkaanetunimi", "förnamn", "billingfirstname", "firstnamebilling",
        "customerfirstname", "givenname"],
    /// The customer's last name.
    LastName = "lastName" ["lastname", "familyname", "sukunimi", "asiakkaansukunimi", "efternamn", "billinglastname",
        "lastnamebilling", "customerlastname", "surname"],
    /// The customer's whole name.
    Name = "name" ["name", "nimi", "asiakas", "asiakkaannimi", "maksaja", "maksajannimi", "namn", "kund", "kundnamn", "kundensnamn",
        "betalare", "customer", "customername", "payername", "payer", "fullname", "billingname"],
    /// The customer's company.
    Company = "company" ["company", "companyname", "yritys", "yrityksennimi", "företag", "företagsnamn", "billingcompany",
        "companybilling"],
    /// A refund's own stamp.
    RefundStamp = "refundStamp" ["refundstamp", "palautuksenleima", "hyvityksenleima", "hyvitysleima", "återbetalningsstämpel",
        "checkoutrefundstamp"],
    /// The reference of the payment that a refund belongs to.
    OriginalReference = "originalReference" ["originaltradereference", "originalreference", "alkuperäinenviite",
        "alkuperäinentilausnumero", "alkuperäinentilaus", "ursprungligreferens", "ursprungligtordernummer", "originalorder",
        "originalordernumber"],
    /// A settlement's id.
    SettlementId = "settlementId" ["settlementid", "tilitystunnus", "tilitysnumero", "tilitysid", "tilityksentunnus", "avräkningsid",
        "utbetalningsid", "avräkningsnummer", "payoutid"],
    /// A settlement's reference.
    SettlementReference = "settlementReference" ["settlementreference", "tilitysviite", "tilityksenviite", "avräkningsreferens",
        "utbetalningsreferens", "payoutreference", "bankreference"],
    /// When it was paid out.
    SettlementDate = "settlementDate" ["settlementdate", "tilityspäivä", "tilityspvm", "tilitetty", "avräkningsdatum",
        "utbetalningsdatum", "utbetalningsdag", "payoutdate", "settled", "settledat"],
    /// What the payment method cost.
    Fee = "fee" ["paymentmethodfee", "fee", "fees", "maksutapamaksu", "tapahtumamaksu", "palvelumaksu", "kulu", "kulut", "maksu",
        "avgift", "transaktionsavgift", "transactionfee"],
    /// The method's commission.
    Commission = "commission" ["paymentmethodcommission", "commission", "provisio", "komissio", "provision", "kommission"],
    /// Something about it in words.
    Description = "description" ["description", "kuvaus", "selite", "viesti", "beskrivning", "meddelande", "message"],
}

impl std::str::FromStr for Column {
    type Err = String;

    fn from_str(text: &str) -> Result<Column, String> {
        let found = Column::ALL
            .iter()
            .find(|column| column.as_str().eq_ignore_ascii_case(text));
        found.copied().ok_or_else(|| {
            let known: Vec<&str> = Column::ALL.iter().map(|column| column.as_str()).collect();
            format!("'{text}' is none of: {}", known.join(", "))
        })
    }
}

/// Each column's meaning, by its name. Of two that could be the same the one with the better name is it.
pub(crate) fn guess(header: &[String]) -> Vec<Option<Column>> {
    let names: Vec<String> = header.iter().map(|field| name(field)).collect();
    let mut guessed = vec![None; header.len()];
    for column in Column::ALL {
        let found = column
            .names()
            .iter()
            .find_map(|known| names.iter().position(|name| name == known));
        if let Some(at) = found
            && let Some(slot @ None) = guessed.get_mut(at)
        {
            *slot = Some(*column);
        }
    }
    // Both stand for one value: the more exact one is read.
    if guessed.contains(&Some(Column::AmountCents)) {
        for slot in &mut guessed {
            if *slot == Some(Column::AmountEuros) {
                *slot = None;
            }
        }
    }
    guessed
}

/// Whether the name of an amount's column says that it is in euros.
pub(crate) fn says_euros(field: &str) -> bool {
    let lower = field.to_lowercase();
    lower.contains('€') || lower.contains("eur")
}

/// By what a header is known again.
pub(crate) fn fingerprint(header: &[String]) -> String {
    let mut hash = Sha256::new();
    for field in header {
        hash.update(name(field).as_bytes());
        hash.update([0x1f]);
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Vec<String> {
        text.split(';').map(str::to_owned).collect()
    }

    #[test]
    fn columns_are_known_by_their_finnish_swedish_and_english_names() {
        use Column::*;
        let expected = [
            Reference,
            AmountEuros,
            Date,
            FirstName,
            LastName,
            Email,
            Provider,
            Status,
        ]
        .map(Some);
        for text in [
            "Tilausnumero;Summa;Maksupäivä;Etunimi;Sukunimi;Sähköposti;Maksutapa;Tila",
            "Ordernummer;Belopp;Betaldatum;Förnamn;Efternamn;E-post;Betalsätt;Status",
            "order_number;order_total;order_date;billing_first_name;billing_last_name;billing_email;payment_method;status",
            "Order Number;Order Total Amount;Order Date;First Name (Billing);Last Name (Billing);Email (Billing);Payment Method Title;Order Status",
        ] {
            assert_eq!(guess(&header(text)), expected, "{text}");
        }
    }

    #[test]
    fn no_name_stands_for_two_columns_and_each_is_written_as_names_are_compared() {
        let mut seen = std::collections::HashSet::new();
        for column in Column::ALL {
            for known in column.names() {
                assert_eq!(&name(known), known);
                assert!(seen.insert(known), "{known}");
            }
            assert_eq!(column.as_str().parse(), Ok(*column));
            let json = serde_json::to_value(column).unwrap();
            assert_eq!(json, column.as_str());
        }
    }

    #[test]
    fn of_two_columns_with_one_meaning_one_is_read() {
        let guessed = guess(&header("order;order_number;total;amount_cents"));
        assert_eq!(
            guessed,
            [
                None,
                Some(Column::Reference),
                None,
                Some(Column::AmountCents)
            ]
        );
    }

    #[test]
    fn a_header_is_known_again_whatever_its_case_and_signs() {
        let one = fingerprint(&header("Order Number;Total"));
        assert_eq!(one, fingerprint(&header("order_number;TOTAL")));
        assert_ne!(one, fingerprint(&header("order;numbertotal")));
    }
}
