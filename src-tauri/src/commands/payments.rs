//! Looking at payments, from the data file; and asking Paytrail for some of them.

use std::time::Instant;

use hyvitys_backoffice::refresh::CONCURRENCY;
use tauri::State;

use crate::dto::{
    AccountNumber, ErrorDto, HoldRow, OperationDetailDto, OperationPageDto, PaymentDetailDto,
    PaymentPageDto, RefreshReportDto, SortDto, TotalsDto, read,
};
use crate::state::Shell;
use crate::sync::{changed_in, look};

/// The payments that fit a query, at most `limit` (1 to 1 000) of them, beginning after `after`.
#[tauri::command]
#[specta::specta]
pub(crate) async fn list_payments(
    shell: State<'_, Shell>,
    account: AccountNumber,
    query: String,
    sort: SortDto,
    after: Option<String>,
    limit: u32,
) -> Result<PaymentPageDto, ErrorDto> {
    let office = shell.office().await?;
    let began = Instant::now();
    let limit = limit.try_into().unwrap_or(usize::MAX);
    let page = office
        .list(account.into(), &query, sort.into(), after.as_deref(), limit)
        .await?;
    Ok(PaymentPageDto::of(&page, began.elapsed()))
}

/// How many payments fit a query, and their sums.
#[tauri::command]
#[specta::specta]
pub(crate) async fn totals(
    shell: State<'_, Shell>,
    account: AccountNumber,
    query: String,
) -> Result<TotalsDto, ErrorDto> {
    Ok(shell
        .office()
        .await?
        .totals(account.into(), &query)
        .await?
        .into())
}

/// All that is known of a payment.
#[tauri::command]
#[specta::specta]
pub(crate) async fn show_payment(
    shell: State<'_, Shell>,
    account: AccountNumber,
    id: String,
) -> Result<PaymentDetailDto, ErrorDto> {
    let detail = shell
        .office()
        .await?
        .show_ref(account.into(), read(&id)?)
        .await?;
    Ok((&detail).into())
}

/// Asks Paytrail for these payments.
#[tauri::command]
#[specta::specta]
pub(crate) async fn refresh_payments(
    shell: State<'_, Shell>,
    account: AccountNumber,
    ids: Vec<String>,
) -> Result<RefreshReportDto, ErrorDto> {
    shell.try_keychain_again();
    let ids = ids
        .iter()
        .map(|id| read(id))
        .collect::<Result<Vec<_>, _>>()?;
    let report = shell
        .office()
        .await?
        .refresh(account.into(), ids, CONCURRENCY)
        .await?;
    changed_in(&shell, account.into()).await;
    Ok(report.into())
}

/// Gives a payment that a file brought its transaction id, if a look at it agrees.
#[tauri::command]
#[specta::specta]
pub(crate) async fn give_transaction_id(
    shell: State<'_, Shell>,
    account: AccountNumber,
    payment: String,
    transaction_id: String,
) -> Result<PaymentDetailDto, ErrorDto> {
    shell.try_keychain_again();
    let office = shell.office().await?;
    let detail = office
        .give_transaction_id(account.into(), read(&payment)?, read(&transaction_id)?)
        .await?;
    changed_in(&shell, account.into()).await;
    Ok((&detail).into())
}

/// The open holds, the one that ends first first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn holds(
    shell: State<'_, Shell>,
    account: AccountNumber,
) -> Result<Vec<HoldRow>, ErrorDto> {
    let holds = shell.office().await?.holds(account.into()).await?;
    Ok(holds.iter().map(Into::into).collect())
}

/// Refunds, activations and cancels: unknown ones first, then the newest.
#[tauri::command]
#[specta::specta]
pub(crate) async fn operations(
    shell: State<'_, Shell>,
    account: AccountNumber,
    after: Option<String>,
    limit: u32,
) -> Result<OperationPageDto, ErrorDto> {
    let limit = limit.try_into().unwrap_or(usize::MAX);
    let page = shell
        .office()
        .await?
        .operation_rows(account.into(), after.as_deref(), limit)
        .await?;
    Ok((&page).into())
}

/// An operation with its requests and what the journal says of it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn operation(
    shell: State<'_, Shell>,
    account: AccountNumber,
    id: String,
) -> Result<OperationDetailDto, ErrorDto> {
    let detail = shell
        .office()
        .await?
        .operation_detail(account.into(), read(&id)?)
        .await?;
    Ok((&detail).into())
}

/// Asks Paytrail about everything that may have changed; how it goes comes as events.
#[tauri::command]
#[specta::specta]
pub(crate) async fn sync(shell: State<'_, Shell>, account: AccountNumber) -> Result<(), ErrorDto> {
    shell.try_keychain_again();
    look(&shell, account.into(), true).await;
    Ok(())
}
