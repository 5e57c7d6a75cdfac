//! What `deploy/` promises: units that are hardened, proxies that speak TLS and hold nothing back.

use std::collections::BTreeMap;
use std::path::PathBuf;

fn text(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The settings of a unit: section and name, and all values given.
fn unit(name: &str) -> BTreeMap<(String, String), Vec<String>> {
    let (mut settings, mut section) = (BTreeMap::<_, Vec<String>>::new(), String::new());
    for line in text(name).lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            name.clone_into(&mut section);
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("{name}: {line}"));
        let setting = settings.entry((section.clone(), key.to_owned())).or_default();
        setting.push(value.to_owned());
    }
    settings
}

#[test]
fn both_services_are_hardened() {
    for name in ["guichet.service", "guichet-backup.service"] {
        let unit = unit(name);
        for (key, value) in [
            ("NoNewPrivileges", "yes"),
            ("CapabilityBoundingSet", ""),
            ("ProtectSystem", "strict"),
            ("ProtectHome", "yes"),
            ("PrivateDevices", "yes"),
            ("PrivateTmp", "yes"),
            ("MemoryDenyWriteExecute", "yes"),
            ("RestrictNamespaces", "yes"),
            ("SystemCallArchitectures", "native"),
            ("SystemCallFilter", "@system-service"),
            ("User", "guichet"),
            ("UMask", "0077"),
            ("LimitCORE", "0"),
        ] {
            let found = unit.get(&("Service".into(), key.into()));
            let found = found.unwrap_or_else(|| panic!("{name} lacks {key}"));
            assert!(found.iter().any(|it| it == value), "{name}: {key}={found:?}");
        }
    }
}

#[test]
fn the_root_key_is_handed_over_and_the_backup_does_without() {
    let serve = unit("guichet.service");
    let credential = &serve[&("Service".into(), "LoadCredential".into())];
    assert!(credential.iter().any(|it| it.starts_with("root.key:")), "{credential:?}");
    let variables = &serve[&("Service".into(), "Environment".into())];
    assert!(variables.iter().any(|it| it == "GUICHET_ROOT_KEY=%d/root.key"), "{variables:?}");
    let backup = text("guichet-backup.service");
    assert!(!backup.contains("GUICHET_ROOT_KEY") && !backup.contains("LoadCredential"));
    let runs = &unit("guichet-backup.service")[&("Service".into(), "ExecStart".into())][0];
    let words: Vec<_> = runs.split(' ').collect();
    let ["/usr/local/bin/guichet", "backup", log, "--keys", keys] = words[..] else {
        panic!("{runs}");
    };
    assert_ne!(log, keys);
    let timer = unit("guichet-backup.timer");
    assert!(timer.contains_key(&("Timer".into(), "OnCalendar".into())));
    assert!(timer.contains_key(&("Install".into(), "WantedBy".into())));
}

#[test]
fn the_proxies_speak_tls_and_hold_no_event_back() {
    let nginx = text("nginx.conf");
    let depth = nginx.lines().filter(|line| !line.trim_start().starts_with('#')).fold(
        0_i32,
        |depth, line| {
            let depth = depth + i32::from(line.ends_with('{')) - i32::from(line.trim() == "}");
            assert!(
                depth >= 0 && (line.trim().is_empty() || line.trim().ends_with(['{', '}', ';']))
            );
            depth
        },
    );
    assert_eq!(depth, 0);
    let feed = nginx.split("location = /v1/events {").nth(1).and_then(|it| it.split('}').next());
    let feed = feed.expect("a location for the feed");
    assert!(feed.contains("proxy_buffering off;") && feed.contains("proxy_read_timeout 1h;"));
    for directive in [
        "listen 443 ssl;",
        "ssl_protocols TLSv1.2 TLSv1.3;",
        "client_max_body_size 26m;",
        "proxy_request_buffering off;",
        "Strict-Transport-Security",
        "return 301 https://$host$request_uri;",
    ] {
        assert!(nginx.contains(directive), "{directive}");
    }
    let caddy = text("Caddyfile");
    assert_eq!(caddy.matches('{').count(), caddy.matches('}').count());
    let feed = caddy.split("handle /v1/events {").nth(1).expect("a handler for the feed");
    assert!(feed.contains("flush_interval -1"));
    assert!(caddy.contains("max_size 26MiB") && caddy.contains("Strict-Transport-Security"));
}
