//! What exactly stood in the way, with its figures: so that a window can say it in any language.
//!
//! An [`Error`](crate::Error)'s message is English and for people; this is the same for programs. A closed set
//! whose JSON is flat: `{ "kind": "moreThanLeft", "wanted": 2550, "left": 1000 }`, amounts in cents.

mod from;

use chrono::{DateTime, NaiveDate, Utc};
use hyvitys_domain::{ItemStamp, Money, OperationId, OperationKind, OperationState, PaymentStatus};
use serde::Serialize;

/// What exactly stood in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Why {
    /// The payment is known from a file only and has no transaction id.
    NoTransactionId,
    /// The payment has a status that this program does not know.
    UnknownStatus {
        /// By its wire name.
        status: String,
    },
    /// The payment's method has no such call.
    WrongProvider {
        /// By its wire name.
        provider: String,
    },
    /// No payment method is known of it.
    NoProvider,
    /// Nothing was paid.
    NotPaid {
        /// The payment's status.
        status: PaymentStatus,
    },
    /// It waits for activation: it is cancelled, not refunded.
    AwaitsActivation,
    /// It is captured: it is refunded, not cancelled.
    AlreadyCaptured,
    /// The hold is gone: cancelled or out of time.
    HoldGone,
    /// Not an amount that can be refunded.
    AmountOutOfRange {
        /// What was asked for.
        amount: Money,
    },
    /// More than what is left.
    MoreThanLeft {
        /// What was asked for.
        wanted: Money,
        /// What is left at most.
        left: Money,
    },
    /// Nothing is left.
    NothingLeft {
        /// The payment's amount.
        amount: Money,
        /// What is refunded.
        refunded: Money,
        /// What is on its way.
        reserved: Money,
    },

    /// No such payment in this account.
    NoSuchPayment,
    /// Its id is known, and Paytrail has not been asked about it yet.
    PaymentAwaited,
    /// The id is a refund's own.
    IsRefund,
    /// The items add up to another sum.
    ItemsSumDiffers {
        /// The refund's amount.
        amount: Money,
    },
    /// The items' sum is larger than any amount.
    ItemsSumTooLarge,
    /// An item's amount is zero, negative or too large.
    ItemAmountOutOfRange {
        /// The item.
        stamp: ItemStamp,
        /// What was asked for.
        amount: Money,
    },
    /// An item is named twice.
    ItemTwice {
        /// The item.
        stamp: ItemStamp,
    },
    /// The order has no such item.
    ItemNotOfTheOrder {
        /// The item.
        stamp: ItemStamp,
    },
    /// More than what is left of an item.
    ItemMoreThanLeft {
        /// The item.
        stamp: ItemStamp,
        /// What was asked for.
        wanted: Money,
        /// What is left at most.
        left: Money,
    },
    /// Another operation of the payment is open.
    Busy {
        /// The open one.
        operation: OperationId,
        /// What it does.
        act: OperationKind,
        /// Where it stands.
        state: OperationState,
    },
    /// The same refund was made before.
    SameAgain {
        /// The earlier one.
        operation: OperationId,
        /// When it was confirmed (UTC).
        at: DateTime<Utc>,
        /// Where it stands.
        state: OperationState,
    },
    /// The sum is over the shop's limit: a person types it to confirm it.
    OverLimit {
        /// The sum.
        amount: Money,
        /// The limit.
        limit: Money,
    },
    /// Another sum was typed to confirm it.
    TypedDiffers {
        /// The sum.
        amount: Money,
        /// What was typed.
        typed: Money,
    },
    /// A reason for refunds is empty, too long or has control characters.
    ReasonUnfit {
        /// The most characters that it may have.
        most: usize,
    },
    /// Too many reasons for refunds.
    ReasonsTooMany {
        /// The most that a shop may have.
        most: usize,
    },
    /// The confirmation was used for something else.
    IntentUsed,
    /// The program is about to end and begins nothing new.
    Ending,
    /// The confirmation is too old: it has to be given anew.
    ConfirmationStale,
    /// The same refund has an unknown outcome.
    RepeatOutcomeUnknown,
    /// What would be repeated is not there.
    RepeatNoSuchOperation,
    /// What would be repeated is another refund, or not unknown.
    RepeatAnotherRefund,
    /// It has been repeated once.
    RepeatedAlready,
    /// Email refunds can't be repeated.
    RepeatByEmail,
    /// Two of it would fit into the payment.
    RepeatNotMoreThanHalf,
    /// The first one may still be carried out.
    RepeatQuarantine {
        /// How long, in minutes.
        minutes: i64,
    },
    /// Sending is paused: Paytrail did not accept the account's id and secret.
    Paused,
    /// Sending is still paused, though Paytrail accepts the account's id and secret now: a look ends it.
    PausedThoughAccepted,

    /// The data file is an older copy.
    LockedBehind,
    /// The data file comes from another machine or user.
    LockedElsewhere,
    /// The machine can't remember what happens in the data file.
    LockedUnremembered,
    /// Only a locked data file can be taken over.
    NotLocked,

    /// The request may still be carried out: "not moved" can't be said yet.
    Quarantine {
        /// How long, in minutes.
        minutes: i64,
    },
    /// A note is needed.
    NoteMissing,
    /// Only an unknown outcome can be resolved.
    NotUnknown {
        /// Where the operation stands.
        state: OperationState,
    },
    /// No such operation.
    NoSuchOperation,
    /// The operation belongs to another account.
    OperationOfAnotherAccount,

    /// A search operator that there isn't.
    QueryUnknownOperator {
        /// Its name.
        operator: String,
        /// What follows it.
        value: String,
    },
    /// A search operator without a value.
    QueryNoValue {
        /// Its name.
        operator: String,
    },
    /// A search operator that stands twice.
    QueryTwice {
        /// Its name.
        operator: String,
        /// What follows it the second time.
        value: String,
    },
    /// A quote that is not closed.
    QueryOpenQuote {
        /// What follows it.
        value: String,
    },
    /// `tx:` without the beginning of a transaction id.
    QueryNotTransactionId {
        /// `tx`.
        operator: String,
        /// What follows it.
        value: String,
    },
    /// `amount:` without an amount.
    QueryNotAnAmount {
        /// `amount`.
        operator: String,
        /// What follows it.
        value: String,
    },
    /// `created:` without a day.
    QueryNotADay {
        /// `created`.
        operator: String,
        /// What follows it.
        value: String,
    },
    /// `refunded:` with something else than its four words.
    QueryNotRefunded {
        /// `refunded`.
        operator: String,
        /// What follows it.
        value: String,
    },
    /// A range that ends before it begins.
    QueryBackwards {
        /// The operator's name.
        operator: String,
        /// What follows it.
        value: String,
    },
    /// A place in a list that is none, or one of another order.
    NotAPlace,

    /// The name of an account has 1 to 100 characters and no control characters.
    NameInvalid,
    /// Another account has the name.
    NameTaken {
        /// The name.
        name: String,
    },
    /// The merchant is there already.
    MerchantTaken {
        /// As this account.
        name: String,
    },
    /// No such account.
    NoSuchAccount,
    /// No account is active.
    NoActiveAccount,
    /// Operations of the account are open.
    OperationsOpen {
        /// How many.
        count: usize,
    },
    /// The callback address is longer than 3 000 characters.
    CallbackTooLong,
    /// The callback address is no address.
    CallbackNotAnAddress,
    /// The callback address has no host.
    CallbackNoHost,
    /// The callback address is not encrypted.
    CallbackNotEncrypted,

    /// No merchant secret is kept.
    SecretMissing,
    /// The merchant secret is empty.
    SecretEmpty,
    /// The keychain is locked.
    KeychainLocked,
    /// There is no keychain.
    KeychainUnavailable,
    /// The keychain refused.
    KeychainDenied,
    /// The keychain has not answered.
    KeychainNoAnswer,
    /// The keychain failed.
    KeychainFailed,
    /// The keychain's key of the journal is damaged.
    SealDamaged,

    /// The server's name leads nowhere.
    Dns,
    /// No connection to the server.
    NoConnection,
    /// The server could not prove who it is.
    Tls,
    /// No answer in time.
    Timeout,
    /// The connection was cut.
    ConnectionCut,
    /// Paytrail asks to wait.
    TooManyRequests {
        /// How many seconds, where it said so.
        seconds: Option<u64>,
    },
    /// The id and secret were not accepted.
    Unauthorized,
    /// The answer is not signed, or its signature is wrong.
    NotSigned,
    /// The server reported an error of its own.
    ServerError {
        /// The HTTP status.
        status: Option<u16>,
    },
    /// The answer can't be read, or does not belong to the question.
    AnswerDoesNotFit,
    /// Paytrail has no such payment.
    NotAtPaytrail,
    /// Paytrail refused, in a signed answer.
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its words.
        words: String,
    },

    /// Paytrail shows another currency.
    AnotherCurrency {
        /// Which.
        currency: String,
    },
    /// The transaction is no payment.
    NotAPayment,
    /// Paytrail shows another amount.
    AnotherAmount {
        /// What it shows.
        shown: Money,
        /// What is stored.
        stored: Money,
    },
    /// What Paytrail shows contradicts what is stored.
    Contradicts,

    /// A file to import is larger than 64 MiB.
    ImportTooLarge {
        /// Its name.
        file: String,
    },
    /// A file to import is empty.
    ImportEmpty {
        /// Its name.
        file: String,
    },
    /// Payments can't be read from such a file.
    ImportNotRecognised {
        /// Its name.
        file: String,
    },
    /// A line of a file to import is longer than 1 MiB.
    ImportLineTooLong {
        /// The file's name.
        file: String,
        /// Which line, from 1.
        line: usize,
    },
    /// A file to import has too many rows.
    ImportTooManyRows {
        /// Its name.
        file: String,
        /// The most that are read.
        most: usize,
    },
    /// The head of a table to import can't be read.
    ImportUnreadable {
        /// The file's name.
        file: String,
    },
    /// A spreadsheet can't be read.
    ImportSheetUnreadable {
        /// The file's name.
        file: String,
    },
    /// A spreadsheet has more in it than is read.
    ImportSheetTooLarge {
        /// The file's name.
        file: String,
    },
    /// A table has no such column.
    ImportNoSuchColumn {
        /// The file's name.
        file: String,
        /// The column's.
        column: String,
    },
    /// The import was stopped before anything was kept.
    ImportStopped,
    /// The preview is not the newest one any more.
    ImportPlanGone,
    /// A row can't belong to the payment that was chosen for it.
    ImportChoiceUnfit {
        /// The row's number in the plan.
        row: usize,
    },
    /// No such import.
    ImportUnknown,
    /// The import is still being done.
    ImportRunning,
    /// The import is undone already.
    ImportUndone,
    /// A row can't be read at all.
    RowUnreadable,
    /// A row has another number of fields than the header.
    RowFields {
        /// How many it has.
        found: usize,
        /// How many the header has.
        expected: usize,
    },
    /// A text is no amount.
    RowNotAnAmount {
        /// The text.
        value: String,
    },
    /// An amount has more than two decimals.
    RowTooPrecise {
        /// The text.
        value: String,
    },
    /// No payment has such an amount.
    RowAmountOutOfRange,
    /// A column has whole numbers only: are they euros or cents?
    RowEurosOrCents,
    /// A text is no date.
    RowNotADate {
        /// The text.
        value: String,
    },
    /// A text is no time of day.
    RowNotATime {
        /// The text.
        value: String,
    },
    /// A text is no transaction id.
    RowNotAnId {
        /// The text.
        value: String,
    },
    /// A text can't be a refund's stamp.
    RowNotAStamp {
        /// The text.
        value: String,
    },
    /// A value is too long or has control characters.
    RowValueUnfit,
    /// The order lines can't be read, or are too many.
    RowItemsUnfit,
    /// It is not known here, and too little is said for a new payment.
    RowIncomplete {
        /// The names of what is missing.
        missing: String,
    },
    /// A signed address can't be believed.
    RowAddressUnbelievable,
    /// A signed address is another merchant's.
    RowAddressOfAnother,
    /// A signed address may be a refund's, made by another tool.
    RowAddressMayBeRefund,
    /// Several payments could be meant.
    RowSeveralPayments,
    /// The amount is another one than the payment's.
    RowAnotherAmount {
        /// What the row says.
        shown: Money,
        /// What is stored.
        stored: Money,
    },
    /// The transaction id is another one than the payment's.
    RowAnotherId {
        /// What the row says.
        said: String,
        /// What is stored.
        known: String,
    },
    /// The id is a refund's own.
    RowIsRefund,
    /// A refund without a stamp proves none.
    RowRefundWithoutStamp,
    /// The refund's stamp is a payment's.
    RowRefundStampOfPayment,
    /// The refund's status says nothing that this program knows.
    RowRefundStatusUnknown,
    /// The refund is known with another amount.
    RowRefundAnotherAmount,
    /// The refund belongs to another account.
    RowRefundOfAnother,
    /// A refund by email can't be proven.
    RowRefundByEmail,
    /// A refund made elsewhere does not name its payment.
    RowRefundNamesNoPayment,
    /// No payment has the reference that a refund made elsewhere names.
    RowRefundNoPayment {
        /// The reference.
        reference: String,
    },
    /// Several payments have the reference that a refund made elsewhere names.
    RowRefundSeveral {
        /// The reference.
        reference: String,
    },
    /// The refund is larger than its payment.
    RowRefundTooLarge,

    /// A field of an order is empty that is needed.
    OrderMissing,
    /// A field of an order is too long.
    OrderTooLong {
        /// The most characters that it may have.
        most: usize,
    },
    /// A field of an order has control characters.
    OrderControlCharacter,
    /// It is not an https address.
    OrderNotHttps,
    /// It is not an email address.
    OrderNotAnEmail,
    /// It is not a country code of two capital letters.
    OrderNotACountry,
    /// A price is larger than any amount, or zero where that can't be.
    OrderPriceOutOfRange,
    /// More units than there can be.
    OrderUnitsOutOfRange,
    /// A VAT rate is more than 100 %.
    OrderVatOutOfRange,
    /// A discount can't stand among prices without VAT.
    OrderDiscountWithoutVat,
    /// Two lines of an order have the same stamp.
    OrderStampTwice,
    /// The order's amount is none that Paytrail takes.
    OrderAmountOutOfRange {
        /// The amount.
        amount: Money,
    },
    /// The order's lines add up to more than can be counted.
    OrderSumTooLarge,
    /// The amount that is given is not the sum of the lines.
    OrderAmountDiffers {
        /// What is given.
        said: Money,
        /// The sum of the lines.
        sum: Money,
    },
    /// Klarna's session token is needed.
    OrderTokenMissing,
    /// Klarna's data is not JSON.
    OrderNotJson,
    /// A line item of Klarna's data has no total in whole cents.
    OrderDataWithoutTotal {
        /// Which line item, from 1.
        line: usize,
    },
    /// The line items of Klarna's data add up to something else than the payment.
    OrderDataSumDiffers {
        /// Their sum.
        said: Money,
        /// What the customer pays.
        amount: Money,
    },
    /// An order's file is not one.
    OrderFileUnreadable {
        /// What is wrong with it, in English.
        words: String,
    },

    /// There is no such draft.
    NoSuchDraft,
    /// The draft is being sent.
    DraftSending,
    /// What became of the draft is not known.
    DraftUnknown,
    /// A look has not shown the payment that Paytrail's answer named.
    DraftDoubted,
    /// The draft was sent, so that it can't be changed or thrown away.
    DraftSent,
    /// The draft was changed since it was confirmed.
    DraftChanged,
    /// Only a draft whose outcome is unknown can be resolved.
    DraftNotUnknown,
    /// Another payment has the stamp.
    StampTaken,
    /// The program ended while the request was on its way.
    Interrupted,

    /// Paytrail shows another stamp.
    AnotherStamp {
        /// What it shows.
        theirs: String,
        /// What is stored.
        ours: String,
    },
    /// Paytrail shows another reference.
    AnotherReference {
        /// What it shows.
        theirs: String,
        /// What is stored.
        ours: String,
    },
    /// Paytrail shows a payment of another day.
    AnotherDay {
        /// The Finnish day of the shown one.
        shown: NaiveDate,
        /// The Finnish day of the stored one.
        stored: NaiveDate,
    },
    /// Paytrail shows another outcome.
    AnotherStatus {
        /// What it shows.
        theirs: PaymentStatus,
        /// What is stored.
        ours: PaymentStatus,
    },
    /// The payment has a transaction id.
    HasTransactionId,
    /// Another payment has this transaction id.
    TransactionIdTaken {
        /// By its reference.
        reference: String,
    },

    /// There is no such settlement.
    NoSuchSettlement,
    /// No file has brought what the settlement paid out.
    SettlementNoEntries,
    /// Payments of the settlement are not known here.
    SettlementPaymentsUnknown {
        /// How many.
        count: u32,
        /// Their sum.
        amount: Money,
    },
    /// Refunds of the settlement whose payment is not known here.
    SettlementRefundsUnknown {
        /// How many.
        count: u32,
        /// Their sum, below zero.
        amount: Money,
    },
    /// Refunds of the settlement that neither the journal nor other evidence knows.
    SettlementRefundsUnproven {
        /// How many.
        count: u32,
        /// Their sum, below zero.
        amount: Money,
    },
    /// An entry's amount is not its payment's.
    SettlementAmountDiffers {
        /// By its reference.
        reference: String,
        /// What the settlement says.
        settled: Money,
        /// What is stored.
        stored: Money,
    },
    /// A refund's amount is not what the journal or other evidence says.
    SettlementRefundDiffers {
        /// By its reference.
        reference: String,
        /// What the settlement says, below zero.
        settled: Money,
        /// What is known, below zero.
        stored: Money,
    },
    /// Payments were settled that do not read as paid here.
    SettlementNotPaid {
        /// How many.
        count: u32,
    },
    /// Payments stand in settlements more than once.
    SettlementTwice {
        /// How many.
        count: u32,
    },
    /// Payments that Paytrail says went out with the settlement stand in no entry.
    SettlementEntriesMissing {
        /// How many.
        count: u32,
        /// Their sum.
        amount: Money,
    },

    /// The machine's clock is wrong.
    ClockWrong {
        /// By how many seconds.
        seconds: u64,
        /// Whether it is ahead; it is behind otherwise.
        ahead: bool,
    },
    /// The server did not tell its time.
    ClockNotKnown,
    /// The secret is another merchant's.
    SecretOfAnother {
        /// As this account, or its merchant id.
        name: String,
    },
    /// The secret of another account is the right one for this id.
    SecretSwapped {
        /// That account.
        name: String,
    },
    /// Klarna is not offered for any amount that was asked for.
    KlarnaNotOffered,
    /// Klarna is not offered for some amounts.
    KlarnaOfferedPartly {
        /// The smallest amount without it.
        amount: Money,
    },
    /// Whether Klarna is offered is not known.
    KlarnaNotKnown,
    /// No callback address is set.
    CallbackMissing,
    /// No report was imported yet.
    ReportMissing,
    /// The newest report is old.
    ReportOld {
        /// How many days.
        days: i64,
    },
    /// A secret is in the environment only.
    SecretInEnvironment,

    /// The payment of a batch's line has changed since the line was planned.
    BatchPaymentChanged,
    /// The batch does not run, so that nothing of it can be sent.
    BatchNotRunning,
    /// The batch has ended: its rest is checked and confirmed anew.
    BatchNotResumable,
    /// Another program runs the batch, or its last lines are still on their way.
    BatchElsewhere,
    /// The batch's confirmation is too old: its rest is checked and confirmed anew.
    BatchStale,
    /// Several payments are what a line names.
    BatchAmbiguous {
        /// How many.
        count: usize,
    },
    /// A value of a line can't be read.
    BatchUnreadable {
        /// What stands there.
        value: String,
    },
    /// A line names no payment.
    BatchNoKey,
    /// Whole numbers only: nobody has said whether they are euros or cents.
    BatchAmountUnknownUnit,
    /// With an earlier line it is more than what is left of the payment.
    BatchTogether {
        /// What is left after that.
        left: Money,
        /// The place of the first of them in the file.
        line: u32,
    },
    /// The same as an earlier line.
    BatchDuplicate {
        /// Its place in the file.
        line: u32,
    },
    /// It waits in another batch that is not finished.
    BatchOpenElsewhere {
        /// The number of that.
        batch: u32,
    },
    /// The same again was confirmed for this line.
    BatchAgain,
    /// It was paid with another method than Klarna.
    BatchNotKlarna {
        /// By its wire name.
        provider: String,
    },
    /// Something of it was refunded before.
    BatchRefundedBefore {
        /// How much.
        amount: Money,
    },
    /// Paytrail was last asked about it long ago.
    BatchLookOld {
        /// When (UTC).
        at: DateTime<Utc>,
    },
    /// Its window has ended by the calendar.
    BatchDeadlinePassed {
        /// When (UTC).
        at: DateTime<Utc>,
    },
    /// What was confirmed is not what the check says now.
    BatchPlanChanged,
    /// The check is not the newest one any more.
    BatchPlanGone,
    /// No line of it can be sent.
    BatchNothingToSend,
    /// More lines than a batch may have.
    BatchTooManyLines {
        /// How many it may have.
        most: usize,
    },

    /// Answers could not be written to the disk yet.
    AnswersNotSaved {
        /// How many.
        count: usize,
    },
    /// An answer could not be written to the disk yet.
    AnswerNotSaved,
    /// The disk did not take it.
    DiskRefused,
    /// A newer version of the program has written the data file.
    FileIsNewer,
    /// The file is not one of this program.
    FileNotOurs,
    /// The data file can't be used.
    FileUnusable,
}
