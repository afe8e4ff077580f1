//! Sites, storage and downtimes of CRIC.
use super::stand_ins::StandIn;
use super::stand_ins::cric as stand_in;
use super::{client, time};
use crate::sources::cric::{Cric, Experiment, ExperimentSite};
use serde_json::json;

async fn start() -> (StandIn<stand_in::Cric>, Cric) {
    let server = StandIn::start(stand_in::Cric::default()).await;
    let cric = Cric::new(&server.url).unwrap();
    (server, cric)
}

#[test]
fn experiments_have_instances_beside_the_core() {
    let debug = format!("{:?}", Cric::new("https://wlcg-cric.cern.ch/").unwrap());
    for host in ["wlcg-cric.cern.ch", "atlas-cric.cern.ch", "cms-cric.cern.ch"] {
        assert!(debug.contains(host), "{debug}");
    }
    let page = Cric::new("https://wlcg-cric.cern.ch").unwrap().page("A/B C");
    assert_eq!(page, "https://wlcg-cric.cern.ch/core/rcsite/detail/A%2FB%20C/");
}

#[tokio::test]
async fn sites_are_read_however_they_are_written() {
    let (server, cric) = start().await;
    server.service.set(
        "core/rcsite",
        json!({
            "UKI-LT2-IC-HEP": {
                "name": "UKI-LT2-IC-HEP", "id": "17", "country": "United Kingdom", "country_code": "gb",
                "rc_tier_level": "2", "federations": ["UK-London", "x"], "latitude": "51.5", "longitude": -0.17,
                "state": "ACTIVE", "new_field": {"a": [1]}, "infourl": null,
                "sites": [{"name": "T2_UK_London_IC", "vo_name": "CMS"}, {"name": null}, 7],
            },
            "BNL-ATLAS": {"rc_tier_level": 1, "state": "DISABLED", "sites": {"atlas": ["BNL-ATLAS"]}, "latitude": 900},
            "EMPTY": {},
            "<b>X</b>": {},
            "Wrong": {"name": ["list"]},
            "UNKNOWN": {"name": null},
        }),
    );
    let read = cric.sites(&client()).await.unwrap();
    let names: Vec<_> = read.items.iter().map(|site| site.name.as_str()).collect();
    assert_eq!(names, ["BNL-ATLAS", "EMPTY", "UKI-LT2-IC-HEP"]);
    let bnl = &read.items[0];
    assert_eq!((bnl.tier, bnl.active, bnl.latitude), (Some(1), Some(false), None));
    assert_eq!(bnl.experiment_sites[0].name, "BNL-ATLAS");
    let imperial = &read.items[2];
    assert_eq!((imperial.id, imperial.country.as_deref(), imperial.tier), (Some(17), Some("GB"), Some(2)));
    assert_eq!((imperial.latitude, imperial.longitude), (Some(51.5), Some(-0.17)));
    let expected = ExperimentSite {
        name: "T2_UK_London_IC".into(),
        vo: "cms".into(),
        site: Some("UKI-LT2-IC-HEP".into()),
    };
    assert_eq!(imperial.experiment_sites, [expected]);
    let rejected: Vec<_> =
        read.rejected.iter().map(|rejected| (&*rejected.place, &*rejected.reason)).collect();
    assert_eq!(rejected.len(), 3, "{rejected:?}");
    assert!(rejected[0].0.ends_with("core/rcsite/query/?json: <b>X</b>"), "{rejected:?}");
    assert_eq!(rejected[0].1, "“<b>X</b>” is no name");
    assert_eq!(rejected[1].1, "has no name");
    assert!(rejected[2].1.contains("expected a text"), "{rejected:?}");
}

#[tokio::test]
async fn storage_comes_by_name_and_by_site() {
    let (server, cric) = start().await;
    let protocols = json!({
        "AGLT2_SE-WEBDAV": {"endpoint": "davs://webdav.aglt2.org:2880", "flavour": "WEBDAV", "state": "ACTIVE"},
        "AGLT2_SE-XROOTD": {"endpoint": "xrootd.aglt2.org", "flavour": "XROOTD", "state": "DISABLED"},
        "AGLT2_SE-SAME": {"endpoint": "davs://WebDAV.aglt2.org:2880/path?SFN="},
        "AGLT2_SE-NONE": {"endpoint": "/path", "flavour": "SRM"},
        "AGLT2_SE-NULL": {"endpoint": null},
    });
    let element = json!({"impl": "dCache", "rcsite": "AGLT2", "vos": ["ATLAS"], "protocols": protocols});
    let mut named = element.clone();
    named["name"] = json!("AGLT2_SE");
    named["rcsite"] = json!(null);
    for answer in [json!({"AGLT2_SE": element}), json!({"AGLT2": [named]})] {
        server.service.set("core/service", answer);
        let read = cric.storage(&client()).await.unwrap();
        let [element] = &read.items[..] else { panic!("{read:?}") };
        assert_eq!((&*element.name, &*element.site, element.active), ("AGLT2_SE", "AGLT2", true));
        assert_eq!(
            (element.implementation.as_deref(), &element.vos[..]),
            (Some("dCache"), &["atlas".to_owned()][..])
        );
        let doors: Vec<_> = element
            .doors
            .iter()
            .map(|door| {
                (door.address.scheme.as_deref().unwrap(), &*door.address.host, door.address.port, door.active)
            })
            .collect();
        let expected =
            [("davs", "webdav.aglt2.org", Some(2880), true), ("root", "xrootd.aglt2.org", None, false)];
        assert_eq!(doors, expected);
        let reasons: Vec<_> = read.rejected.iter().map(|rejected| &*rejected.reason).collect();
        assert_eq!(reasons, ["no host in “/path”", "has no endpoint"]);
    }
    server.service.set("core/service", json!({"X_SE": {"protocols": {}}}));
    let read = cric.storage(&client()).await.unwrap();
    assert_eq!(read.rejected[0].reason, "does not say which site it belongs to");
}

#[tokio::test]
async fn experiments_name_sites_and_storage() {
    let (server, cric) = start().await;
    server.service.set("atlas/site", json!({"CERN-P1": {"rc_site": "CERN-PROD", "cloud": "CERN"}}));
    server.service.set("cms/site", json!({"T2_CH_CSCS": {"name": "T2_CH_CSCS", "rcsite_name": "CSCS-LCG2"}}));
    server.service.set(
        "atlas/ddmendpoint",
        json!({
            "CERN-PROD_DATADISK": {
                "name": "CERN-PROD_DATADISK", "site": "CERN-P1", "rcsite": "CERN-PROD", "token": "ATLASDATADISK",
                "is_tape": false, "state": "ACTIVE",
            },
            "CERN-PROD_TAPE": {"site": "CERN-P1", "is_tape": "True"},
        }),
    );
    let name = |site: &ExperimentSite| (site.name.clone(), site.vo.clone(), site.site.clone().unwrap());
    let atlas = cric.experiment_sites(&client(), Experiment::Atlas).await.unwrap();
    assert_eq!(name(&atlas.items[0]), ("CERN-P1".into(), "atlas".into(), "CERN-PROD".into()));
    let cms = cric.experiment_sites(&client(), Experiment::Cms).await.unwrap();
    assert_eq!(name(&cms.items[0]), ("T2_CH_CSCS".into(), "cms".into(), "CSCS-LCG2".into()));
    let rses = cric.rses(&client()).await.unwrap().items;
    assert_eq!((rses[0].tape, rses[0].site.as_deref()), (false, Some("CERN-PROD")));
    assert_eq!((rses[1].tape, rses[1].site.as_deref()), (true, None));
    assert_eq!((&*rses[1].name, rses[1].experiment_site.as_deref()), ("CERN-PROD_TAPE", Some("CERN-P1")));
}

#[tokio::test]
async fn downtimes_need_a_site_and_a_span() {
    let (server, cric) = start().await;
    server.service.set(
        "core/downtime",
        json!([
            {
                "id": 4711, "rcsite": "AGLT2", "start_time": "2026-11-20T08:00:00", "end_time": 1_795_200_000,
                "severity": "OUTAGE", "classification": "UNSCHEDULED", "description": "power\u{0} cut",
                "url": "https://goc.egi.eu/4711", "affected_services": ["SRM", "XROOTD"],
            },
            {
                "site": ["A", "B"], "start_time": "2026-11-20 08:00:00", "end_time": "2026-11-21T08:00:00Z",
                "severity": "AT_RISK", "classification": "SCHEDULED", "url": "javascript:alert(1)",
            },
            {"rcsite": "C", "start_time": "2026-11-21T08:00", "end_time": "2026-11-20T08:00"},
            {"rcsite": "D", "start_time": "soon"},
            {"start_time": "2026-11-20T08:00", "end_time": "2026-11-21T08:00"},
        ]),
    );
    let read = cric.downtimes(&client()).await.unwrap();
    let first = &read.items[0];
    assert_eq!((&*first.id, &*first.site, first.outage, first.scheduled), ("4711", "AGLT2", true, false));
    assert_eq!((first.starts, first.ends), (time("2026-11-20T08:00:00Z"), time("2026-11-20T18:40:00Z")));
    assert_eq!(first.description.as_deref(), Some("power  cut"));
    assert_eq!((first.url.as_deref(), first.services.len()), (Some("https://goc.egi.eu/4711"), 2));
    let ids: Vec<_> =
        read.items[1..].iter().map(|down| (&*down.id, down.outage, down.url.is_none())).collect();
    assert_eq!(ids, [("A 2026-11-20T08:00Z", false, true), ("B 2026-11-20T08:00Z", false, true)]);
    let reasons: Vec<_> = read.rejected.iter().map(|rejected| &*rejected.reason).collect();
    let expected = ["ends before it starts", "has no start time: “soon”", "does not say which site is down"];
    assert_eq!(reasons, expected);
}
