//! Grafana's proxy to data sources (<https://grafana.com/docs/grafana/latest/developers/http_api/data_source/>):
//! an InfluxDB and an Elasticsearch behind one token.
use super::search::Search;
use super::{Asked, Reply, Service};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

pub(in crate::tests) const TOKEN: &str = "glsa_of-the-tests";

pub(in crate::tests) struct Grafana {
    /// Data source 7730.
    pub(in crate::tests) influxdb: Option<Url>,
    /// Data source 8736.
    pub(in crate::tests) search: Search,
}

#[async_trait::async_trait]
impl Service for Grafana {
    async fn answer(&self, asked: &Asked) -> Result<Reply, String> {
        match asked.header("authorization") {
            "" => return Ok(Reply::json(401, &json!({"message": "Unauthorized"}))),
            words if words == format!("Bearer {TOKEN}") => {}
            _ => return Ok(Reply::json(401, &json!({"message": "Invalid API key"}))),
        }
        match (asked.method.as_str(), asked.path.as_str(), &self.influxdb) {
            ("GET", "/api/datasources/proxy/7730/query", Some(url)) => {
                asked.bare()?;
                asked.only_parameters(&["db", "q", "epoch"])?;
                if asked.parameter("epoch")? != "ms" {
                    return Err("times are not in milliseconds".into());
                }
                forward(url, asked).await
            }
            ("POST", "/api/datasources/proxy/8736/_msearch", _) => self.search.answer(asked).await,
            _ => Err("no data source".into()),
        }
    }
}

/// Asks the InfluxDB the same, without the token.
async fn forward(url: &Url, asked: &Asked) -> Result<Reply, String> {
    let host = format!("{}:{}", url.host_str().unwrap_or_default(), url.port().unwrap_or_default());
    let pairs = asked.query.iter();
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let mut stream = TcpStream::connect(&host).await.map_err(|error| error.to_string())?;
    let request = format!("GET /query?{query} HTTP/1.0\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.map_err(|error| error.to_string())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("no status")?;
    Ok(Reply { status, kind: "application/json", body: body.into() })
}
