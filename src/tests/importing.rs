//! Files that are imported.
use super::exporting::csv;
use super::support::{Answer, Client, TestApp};
use entity::{audit_log, import_chunk, import_file, site};
use rust_xlsxwriter::Workbook;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::io::Write;
use std::time::Duration;

/// Sends a file and gives the answer.
async fn upload(browser: &mut Client, slug: &str, name: &str, bytes: &[u8]) -> Answer {
    let path = format!("/admin/{slug}/import/");
    browser.get(&path).await;
    let token = browser.token.clone().unwrap_or_default();
    let mut body = format!(
        "--XX\r\nContent-Disposition: form-data; name=\"csrfmiddlewaretoken\"\r\n\r\n{token}\r\n\
         --XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--XX--\r\n");
    send(browser, &path, body).await
}

async fn send(browser: &mut Client, path: &str, body: Vec<u8>) -> Answer {
    browser.headers.push(("content-type".into(), "multipart/form-data; boundary=XX".into()));
    let answer = browser.raw("POST", path, body).await;
    browser.headers.pop();
    answer
}

/// The page once nothing goes on any more.
async fn settled(browser: &mut Client, path: &str) -> Answer {
    for _ in 0..3000 {
        let page = browser.get(path).await;
        if page.header("refresh").is_empty() {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the import does not end")
}

/// Sends the form of the columns as it is guessed, and gives the preview and where it stands.
async fn previewed(browser: &mut Client, slug: &str, name: &str, bytes: &[u8]) -> (String, Answer) {
    let answer = upload(browser, slug, name, bytes).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    let here = answer.location();
    let page = checked(browser, &here, &[]).await;
    (here, page)
}

/// The same with some choices changed.
async fn checked(browser: &mut Client, here: &str, choices: &[(&str, &str)]) -> Answer {
    let page = browser.get(here).await;
    let mut fields: Vec<(String, String)> = Vec::new();
    for name in page.attributes("form.stack select", "name") {
        let chosen = page.value(&format!("#{name} option[selected]")).unwrap_or_default();
        let choice = choices.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        fields.push((name, choice.unwrap_or(chosen)));
    }
    fields.push(("do".into(), "check".into()));
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = browser.post(here, &fields).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    settled(browser, here).await
}

async fn write(browser: &mut Client, here: &str) -> Answer {
    assert_eq!(browser.post(here, &[("do", "write")]).await.status, 302);
    settled(browser, here).await
}

/// New, changed, unchanged, refused.
fn counts(page: &Answer) -> [String; 4] {
    page.all("dl.facts dd").try_into().unwrap_or_else(|_| panic!("no counts: {}", page.text()))
}

async fn operator(app: &TestApp) -> Client {
    app.signed_in("Operators").await
}

async fn named(app: &TestApp, name: &str) -> Option<site::Model> {
    site::Entity::find().filter(site::Column::Name.eq(name)).one(&app.app.db).await.expect("answers")
}

#[tokio::test]
async fn a_file_is_looked_at_then_written_in_one_go_and_audited() {
    let app = TestApp::new().await;
    app.add("sites", &[("name", "CERN"), ("tier", "0"), ("country", "CH")]).await;
    app.add("sites", &[("name", "INFN-T1"), ("tier", "1")]).await;
    let mut browser = operator(&app).await;
    let file = "Name;Tier;Country;Remark\nCERN;0;CH;x\nINFN-T1;2;IT;y\nNEW-SITE;3;DE;z\nBAD;7;de;\n";
    let (here, page) = previewed(&mut browser, "sites", "sites.csv", file.as_bytes()).await;
    assert_eq!(counts(&page), ["1", "1", "1", "1"]);
    let text = page.text();
    assert!(text.contains("Row 3 · changed") && text.contains("1 → 2"), "{text}");
    assert!(
        text.contains("Tier: The tier is 0, 1, 2 or 3.") && text.contains("Country: Enter two"),
        "{text}"
    );
    assert!(named(&app, "NEW-SITE").await.is_none(), "nothing is written yet");
    assert_eq!(named(&app, "INFN-T1").await.and_then(|site| site.tier), Some(1));
    let page = write(&mut browser, &here).await;
    assert!(page.text().contains("1 added and 1 changed."), "{}", page.text());
    assert_eq!(named(&app, "INFN-T1").await.map(|site| (site.tier, site.version)), Some((Some(2), 2)));
    assert_eq!(named(&app, "NEW-SITE").await.and_then(|site| site.country).as_deref(), Some("DE"));
    assert!(named(&app, "BAD").await.is_none());
    let log = audit_log::Entity::find()
        .filter(audit_log::Column::Source.eq(audit_log::Source::Import))
        .all(&app.app.db)
        .await
        .expect("answers");
    assert_eq!(log.len(), 2);
    assert!(log.iter().all(|entry| entry.username == "a-operators" && entry.resource == "sites"));
    // Once more: nothing is done twice.
    assert_eq!(browser.post(&here, &[("do", "write")]).await.status, 302);
    assert!(browser.get(&here).await.text().contains("nothing was done twice"));
    let (_, page) = previewed(&mut browser, "sites", "sites.csv", file.as_bytes()).await;
    assert_eq!(counts(&page), ["0", "0", "3", "1"]);
    assert!(!page.has("button[value=write]"));
}

#[tokio::test]
async fn what_goes_out_comes_in_unchanged_in_every_format() {
    let app = TestApp::new().await;
    for name in ["=1+1", "'=2", "-3", "Zürich \"quoted\", and more", "two\u{a0}words"] {
        app.add("causes", &[("name", name)]).await;
    }
    app.issue("Line one\n=HYPERLINK(\"x\")", "CERN", "INFN-T1").await;
    app.issue("@SUM(1)", "CERN", "INFN-T1").await;
    let mut browser = operator(&app).await;
    for (slug, rows) in [("causes", "5"), ("issues", "2"), ("sites", "3")] {
        for format in ["csv", "json", "jsonl", "xlsx"] {
            let file = browser.get(&format!("/admin/{slug}/export/{format}/")).await.body;
            let (_, page) = previewed(&mut browser, slug, "file", &file).await;
            assert_eq!(counts(&page), ["0", "0", rows, "0"], "{slug} {format} {}", page.text());
        }
    }
}

#[tokio::test]
async fn files_come_in_every_encoding() {
    let app = TestApp::new().await;
    let mut browser = operator(&app).await;
    let text = "name,cloud\nZ-SITE,Zürich\n";
    let latin: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let bom = format!("\u{feff}{text}").into_bytes();
    for bytes in [&bom, &utf16] {
        let (_, page) = previewed(&mut browser, "sites", "a.csv", bytes).await;
        assert_eq!(counts(&page), ["1", "0", "0", "0"]);
        assert!(page.text().contains("Zürich"), "{}", page.text());
    }
    let answer = upload(&mut browser, "sites", "a.csv", &latin).await;
    let page = browser.get(&answer.location()).await;
    assert!(
        page.text().contains("it was read as Latin-1") && page.text().contains("Zürich"),
        "{}",
        page.text()
    );
    let page = checked(&mut browser, &answer.location(), &[]).await;
    write(&mut browser, &answer.location()).await;
    assert_eq!(counts(&page), ["1", "0", "0", "0"]);
    assert_eq!(named(&app, "Z-SITE").await.and_then(|site| site.cloud).as_deref(), Some("Zürich"));
}

#[tokio::test]
async fn what_a_row_points_at_may_be_named() {
    let app = TestApp::new().await;
    let site = app.site("CERN").await;
    app.site("007").await;
    let mut browser = operator(&app).await;
    let file = format!(
        "system,reference,title,status,site\nggus,1,One,open,CERN\nggus,2,Two,open,{site}\nggus,3,Three,open,NOWHERE\n\
         ggus,4,Four,open,99999999\nggus,5,Five,open,\n"
    );
    let (here, page) = previewed(&mut browser, "tickets", "t.csv", file.as_bytes()).await;
    let text = page.text();
    assert_eq!(counts(&page), ["3", "0", "0", "2"], "{text}");
    assert!(text.contains("Site: there is no site called “NOWHERE”."), "{text}");
    assert!(text.contains("Site: This record is not there any more."), "{text}");
    write(&mut browser, &here).await;
    let tickets = browser.get("/admin/tickets/export/json/?o=1").await.json();
    let linked = tickets.as_array().expect("a list").iter().filter(|row| row["site"] == site).count();
    assert_eq!(linked, 2);
}

#[tokio::test]
async fn refused_rows_are_mended_and_imported_again() {
    let app = TestApp::new().await;
    let mut browser = operator(&app).await;
    let file = "name,tier\nA,9\nB,1\n=C,x\n";
    let (here, _) = previewed(&mut browser, "sites", "s.csv", file.as_bytes()).await;
    write(&mut browser, &here).await;
    let answer = browser.get(&format!("{here}rejected/")).await;
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"sites-rejected-2026-11-21.csv\""
    );
    let rows = csv(&answer.body);
    assert_eq!(rows[0], ["name", "tier", "reason it was refused"]);
    assert_eq!((rows.len(), rows[2][0].as_str()), (3, "'=C"));
    assert!(rows[1][2].contains("The tier is 0, 1, 2 or 3."));
    let mended = answer.html().replace(",9,", ",2,").replace(",x,", ",3,");
    let (here, page) = previewed(&mut browser, "sites", "mended.csv", mended.as_bytes()).await;
    assert_eq!(counts(&page), ["2", "0", "0", "0"], "{}", page.text());
    write(&mut browser, &here).await;
    assert_eq!(named(&app, "=C").await.and_then(|site| site.tier), Some(3));
}

#[tokio::test]
async fn the_same_record_twice_in_a_file_is_refused_the_second_time() {
    let app = TestApp::new().await;
    app.site("CERN").await;
    let mut browser = operator(&app).await;
    let file = "name,tier\nCERN,0\nNEW,1\nCERN,1\nNEW,2\n";
    let (_, page) = previewed(&mut browser, "sites", "s.csv", file.as_bytes()).await;
    assert_eq!(counts(&page), ["1", "1", "0", "2"]);
    let text = page.text();
    assert!(text.contains("Row 2 is about the same site already."), "{text}");
    assert!(text.contains("Name: row 3 has the same already."), "{text}");
}

#[tokio::test]
async fn a_file_of_another_resource_is_noticed() {
    let app = TestApp::new().await;
    app.issue("Operation timed out", "CERN", "INFN-T1").await;
    let mut browser = operator(&app).await;
    let file = browser.get("/admin/issues/export/csv/").await.body;
    let answer = upload(&mut browser, "sites", "issues.csv", &file).await;
    let page = browser.get(&answer.location()).await;
    assert!(
        page.text().contains("Is this the right file?") && page.text().contains("those of issues"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn columns_are_matched_by_hand_and_nonsense_is_refused_with_what_was_chosen() {
    let app = TestApp::new().await;
    let mut browser = operator(&app).await;
    let here = upload(&mut browser, "sites", "s.csv", b"Rechenzentrum,Stufe\nKIT,1\n").await.location();
    for (fields, why) in [
        (vec![("column-0", ""), ("column-1", ""), ("match", "")], "at least one column"),
        (vec![("column-0", "name"), ("column-1", "name"), ("match", "")], "Two columns are for “Name”"),
        (vec![("column-0", "name"), ("column-1", "password"), ("match", "")], "no field called “password”"),
        (vec![("column-0", ""), ("column-1", "tier"), ("match", "name")], "cannot be recognised"),
        (vec![("column-0", "name"), ("column-1", "id"), ("match", "name")], "holds keys"),
        (vec![("column-0", "name"), ("column-1", "tier"), ("match", "'; DROP")], "no field called"),
    ] {
        let fields = [fields, vec![("do", "check")]].concat();
        let page = browser.post(&here, &fields).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains(why), "{why}: {}", page.text());
        assert!(page.text().contains("KIT"));
    }
    let page =
        checked(&mut browser, &here, &[("column-0", "name"), ("column-1", "tier"), ("match", "name")]).await;
    assert_eq!(counts(&page), ["1", "0", "0", "0"]);
    assert_eq!(browser.post(&here, &[("do", "back")]).await.status, 302);
    assert_eq!(browser.get(&here).await.value("#column-0 option[selected]").as_deref(), Some("name"));
    assert_eq!(browser.post(&here, &[("do", "dance")]).await.status, 400);
    assert_eq!(browser.post(&here, &[("do", "drop")]).await.location(), "/admin/sites/");
    assert_eq!(browser.get(&here).await.status, 404);
    assert_eq!(import_chunk::Entity::find().count(&app.app.db).await.expect("answers"), 0);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_a_reason_and_not_kept() {
    let app = TestApp::new().await;
    let mut browser = operator(&app).await;
    let wide = vec!["x"; 300].join(",");
    for (bytes, why) in [
        (&b""[..], "empty"),
        (b"name\n", "no rows"),
        (b"\n\n", "empty"),
        (b"{\"name\":", "not JSON"),
        (b"[[1]]", "objects"),
        (b"PK\x03\x04nonsense", "cannot be opened"),
        (b"\x1f\x8b\x08", "compressed"),
        (wide.as_bytes(), "300 columns"),
    ] {
        let page = upload(&mut browser, "sites", "f", bytes).await;
        assert_eq!(page.status, 422, "{why}");
        assert!(page.text().contains(why), "{why}: {}", page.text());
    }
    let page = upload(&mut browser, "sites", "", b"").await;
    assert!(page.text().contains("Choose a file first."), "{}", page.text());
    assert_eq!(import_file::Entity::find().count(&app.app.db).await.expect("answers"), 0);
}

#[tokio::test]
async fn a_file_that_unpacks_to_too_much_is_refused() {
    let app = TestApp::new().await;
    let mut browser = operator(&app).await;
    let mut bomb = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    bomb.start_file("xl/sharedStrings.xml", options).expect("begins");
    let zeros = vec![b' '; 1024 * 1024];
    for _ in 0..100 {
        bomb.write_all(&zeros).expect("fits");
    }
    let bomb = bomb.finish().expect("ends").into_inner();
    assert!(bomb.len() < 1024 * 1024);
    let page = upload(&mut browser, "sites", "bomb.xlsx", &bomb).await;
    assert_eq!(page.status, 422);
    assert!(page.text().contains("unpacks to more"), "{}", page.text());
    // A single cell far away asks for no room for those before it.
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "name").expect("fits");
    sheet.write_string(1_048_575, 0, "FAR").expect("fits");
    let (_, page) = previewed(&mut browser, "sites", "far.xlsx", &book.save_to_buffer().expect("ends")).await;
    assert_eq!(counts(&page), ["1", "0", "0", "0"]);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "name").expect("fits");
    sheet.write_string(1, 16_383, "FAR").expect("fits");
    let page = upload(&mut browser, "sites", "wide.xlsx", &book.save_to_buffer().expect("ends")).await;
    assert!(page.text().contains("column 16384"), "{}", page.text());
}

#[tokio::test]
async fn spreadsheets_bring_numbers_dates_and_results_of_formulae() {
    let app = TestApp::new().await;
    app.site("A").await;
    app.site("B").await;
    let mut browser = operator(&app).await;
    let mut book = Workbook::new();
    let date = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd hh:mm");
    let sheet = book.add_worksheet();
    let titles =
        ["operation", "message", "src_site", "dst_site", "first_seen", "last_seen", "failures_total"];
    for (at, title) in (0..).zip(titles) {
        sheet.write_string(0, at, title).expect("fits");
    }
    for (at, text) in (0..).zip(["transfer", "=not run", "A", "B"]) {
        sheet.write_string(1, at, text).expect("fits");
    }
    let moment = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 11, 20)
        .expect("a day")
        .and_hms(8, 30, 0)
        .expect("a time");
    sheet.write_datetime_with_format(1, 4, &moment, &date).expect("fits");
    sheet.write_string(1, 5, "2026-11-21T09:00:00Z").expect("fits");
    sheet.write_formula(1, 6, rust_xlsxwriter::Formula::new("=40+2").set_result("42")).expect("fits");
    let bytes = book.save_to_buffer().expect("ends");
    let (here, page) = previewed(&mut browser, "issues", "i.xlsx", &bytes).await;
    assert_eq!(counts(&page), ["1", "0", "0", "0"], "{}", page.text());
    write(&mut browser, &here).await;
    let issue = browser.get("/admin/issues/export/json/").await.json()[0].clone();
    assert_eq!(issue["first_seen"], "2026-11-20T08:30:00Z");
    assert_eq!((issue["message"].as_str(), issue["failures_total"].as_i64()), (Some("=not run"), Some(42)));
}

#[tokio::test]
async fn records_changed_since_one_looked_are_named_and_nothing_is_written() {
    let app = TestApp::new().await;
    let site = app.site("CERN").await;
    let mut browser = operator(&app).await;
    let file = b"name,tier\nCERN,0\nNEW,1\nLATER,2\n";
    let (here, page) = previewed(&mut browser, "sites", "s.csv", file).await;
    assert_eq!(counts(&page), ["2", "1", "0", "0"]);
    app.change("sites", site, &[("cloud", "CH")]).await;
    app.add("sites", &[("name", "LATER")]).await;
    let page = write(&mut browser, &here).await;
    let text = page.text();
    assert!(
        text.contains("Nothing was written") && text.contains(&format!("Site {site} of row 2 was changed")),
        "{text}"
    );
    assert!(text.contains("of row 4 was added meanwhile"), "{text}");
    assert!(named(&app, "NEW").await.is_none());
    assert_eq!(browser.post(&here, &[("do", "again")]).await.status, 302);
    let page = settled(&mut browser, &here).await;
    assert_eq!(counts(&page), ["1", "2", "0", "0"]);
    write(&mut browser, &here).await;
    let site = named(&app, "CERN").await.expect("is there");
    assert_eq!((site.tier, site.cloud.as_deref()), (Some(0), Some("CH")));
}

#[tokio::test]
async fn a_file_made_of_older_versions_does_not_overwrite_newer_ones() {
    let app = TestApp::new().await;
    let site = app.site("CERN").await;
    app.site("KIT").await;
    let mut browser = operator(&app).await;
    let file = browser.get("/admin/sites/export/csv/").await.html().replace("active", "disabled");
    app.change("sites", site, &[("cloud", "CH")]).await;
    let (_, page) = previewed(&mut browser, "sites", "s.csv", file.as_bytes()).await;
    assert_eq!(counts(&page), ["0", "1", "1", "1"], "{}", page.text());
    assert!(page.text().contains("it is at version 2, the file at 1"), "{}", page.text());
}

#[tokio::test]
async fn two_imports_at_once_lose_and_double_nothing() {
    let app = TestApp::new().await;
    let mut one = operator(&app).await;
    app.user("second", "Operators").await;
    let mut two = app.sign_in("second").await;
    let rows: String = (0..300).map(|at| format!("SITE-{at},1\n")).collect();
    let file = format!("name,tier\n{rows}");
    let (first, _) = previewed(&mut one, "sites", "s.csv", file.as_bytes()).await;
    let (second, page) = previewed(&mut two, "sites", "s.csv", file.as_bytes()).await;
    assert_eq!(counts(&page), ["300", "0", "0", "0"]);
    let (_, _, _) = tokio::join!(
        one.post(&first, &[("do", "write")]),
        two.post(&second, &[("do", "write")]),
        tokio::time::sleep(Duration::from_millis(1)),
    );
    let pages = [settled(&mut one, &first).await, settled(&mut two, &second).await];
    let done = pages.iter().filter(|page| page.text().contains("300 added")).count();
    let refused = pages.iter().filter(|page| page.text().contains("Nothing was written")).count();
    assert_eq!((done, refused), (1, 1), "{} {}", pages[0].text(), pages[1].text());
    // And the one that every database has.
    assert_eq!(site::Entity::find().count(&app.app.db).await.expect("answers"), 301);
}

#[tokio::test]
async fn a_file_is_its_owners_and_any_process_goes_on_with_it_for_a_day() {
    let app = TestApp::new().await;
    let mut browser = operator(&app).await;
    let (here, _) = previewed(&mut browser, "sites", "s.csv", b"name\nNEW\n").await;
    app.user("second", "Operators").await;
    let mut other = app.sign_in("second").await;
    assert_eq!(other.get(&here).await.status, 404);
    assert_eq!(other.get(&format!("{here}rejected/")).await.status, 404);
    assert_eq!(other.post(&here, &[("do", "write")]).await.status, 404);
    let causes = here.replace("/sites/", "/causes/");
    assert_eq!(browser.get(&causes).await.status, 404);
    assert_eq!(browser.get("/admin/sites/import/x/").await.status, 404);
    let replica = app.replica().await;
    let mut elsewhere = replica.anonymous();
    elsewhere.cookies = browser.cookies.clone();
    write(&mut elsewhere, &here).await;
    assert!(named(&app, "NEW").await.is_some());
    let (later, _) = previewed(&mut browser, "sites", "s.csv", b"name\nNEWER\n").await;
    app.wait(chrono::Duration::hours(13));
    browser.get("/admin/").await;
    app.wait(chrono::Duration::hours(12));
    assert_eq!(browser.get(&later).await.status, 404);
    previewed(&mut browser, "sites", "s.csv", b"name\nNEWER\n").await;
    assert_eq!(import_file::Entity::find().count(&app.app.db).await.expect("answers"), 1);
}

#[tokio::test]
async fn rights_are_those_of_the_form() {
    let app = TestApp::new().await;
    let mut viewer = app.signed_in("Viewers").await;
    assert_eq!(viewer.get("/admin/sites/import/").await.status, 403);
    assert!(!viewer.get("/admin/sites/").await.html().contains("/import/"));
    let mut admin = app.signed_in("superuser").await;
    assert_eq!(admin.get("/admin/audit-log/import/").await.status, 403);
    // Accounts are made on a page of their own, which asks for a password.
    let (_, page) = previewed(&mut admin, "users", "u.csv", b"username\nmallory\n").await;
    assert_eq!(counts(&page), ["0", "0", "0", "1"]);
    assert!(page.text().contains("New users are not made by importing."), "{}", page.text());
    let titles = admin.get("/admin/users/import/").await.all("tbody th");
    assert!(titles.contains(&"groups".to_owned()) && !titles.contains(&"password".to_owned()), "{titles:?}");
    // Shifters add actions taken, and change none.
    let page = app.signed_in("Shifters").await.get("/admin/sites/import/").await;
    assert_eq!(page.status, 403);
}

#[tokio::test]
async fn an_upload_without_its_token_is_refused() {
    let app = TestApp::new().await;
    let mut browser = operator(&app).await;
    for body in [
        &b"--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nname\nX\n\r\n--XX--\r\n"[..],
        b"--XX\r\nContent-Disposition: form-data; name=\"csrfmiddlewaretoken\"\r\n\r\nAAAA\r\n--XX--\r\n",
        b"--XX--\r\n",
    ] {
        assert_eq!(send(&mut browser, "/admin/sites/import/", body.to_vec()).await.status, 403);
    }
    assert_eq!(send(&mut browser, "/admin/sites/import/", b"garbage".to_vec()).await.status, 400);
    assert_eq!(browser.post("/admin/sites/import/", &[("file", "x")]).await.status, 403);
    let mut large = b"--XX\r\nContent-Disposition: form-data; name=\"csrfmiddlewaretoken\"\r\n\r\n".to_vec();
    browser.get("/admin/sites/import/").await;
    large.extend(browser.token.clone().unwrap_or_default().bytes());
    large.extend(b"\r\n--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n");
    large.extend(vec![b'x'; 33 * 1024 * 1024]);
    assert_eq!(send(&mut browser, "/admin/sites/import/", large).await.status, 413);
}

#[tokio::test]
async fn markup_and_hostile_values_stay_text() {
    let app = TestApp::new().await;
    let mut browser = operator(&app).await;
    let file = "name,note\n<script>alert(1)</script>,x\nNUL\0,y\nTOO-LONG-".to_owned()
        + &"x".repeat(200)
        + ",z\nRAGGED\n";
    let (_, page) = previewed(&mut browser, "sites", "<b>.csv", file.as_bytes()).await;
    assert!(!page.html().contains("<script>alert") && !page.html().contains("<b>.csv"));
    assert_eq!(counts(&page), ["1", "0", "0", "3"], "{}", page.text());
    for why in ["NUL character", "At most 100 characters", "This row has 1 cells, the titles are 2."] {
        assert!(page.text().contains(why), "{why}: {}", page.text());
    }
}

#[tokio::test]
async fn twenty_thousand_rows_are_looked_at_paged_and_written() {
    let app = TestApp::new().await;
    let mut browser = operator(&app).await;
    let rows: String =
        (0..20_000).map(|at| format!("SITE-{at},{}\n", if at % 50 == 0 { 9 } else { at % 4 })).collect();
    let file = format!("name,tier\n{rows}");
    let (here, page) = previewed(&mut browser, "sites", "s.csv", file.as_bytes()).await;
    assert_eq!(counts(&page), ["19,600", "0", "0", "400"]);
    assert_eq!(page.all("ol.stack > li").len(), 50);
    assert_eq!(page.all("table tbody th.num").len(), 100);
    let last = browser.get(&format!("{here}?p=4")).await;
    assert!(last.text().contains("Page 4 of 4") && last.text().contains("19952"), "{}", last.text());
    assert_eq!(browser.get(&format!("{here}?p=99")).await.all("table tbody th.num").len(), 100);
    assert_eq!(csv(&browser.get(&format!("{here}rejected/")).await.body).len(), 401);
    let queries = app.queries();
    write(&mut browser, &here).await;
    let each = (app.queries() - queries) as f64 / 19_600.0;
    // MariaDB gives no row back when one is written, so it is asked for.
    assert!(each < 2.5, "{each} statements for each row");
    assert_eq!(site::Entity::find().count(&app.app.db).await.expect("answers"), 19_601);
    let (_, page) = previewed(&mut browser, "sites", "s.csv", file.as_bytes()).await;
    assert_eq!(counts(&page), ["0", "0", "19,600", "400"]);
}

#[tokio::test]
async fn more_than_two_hundred_thousand_rows_are_refused() {
    let app = TestApp::new().await;
    let mut browser = operator(&app).await;
    let file = "name\n".to_owned() + &"x\n".repeat(200_001);
    let page = upload(&mut browser, "sites", "s.csv", file.as_bytes()).await;
    assert!(page.text().contains("more than 200,000 rows"), "{}", page.text());
    assert_eq!(import_chunk::Entity::find().count(&app.app.db).await.expect("answers"), 0);
}
