-- Given to wrk. After --: the cookie, a form to post or "", and "fresh" to give each request an address of its own.
-- Prints one line at the end: requests, those that failed, requests per second, p50 and p99 in milliseconds.
local fresh, number = false, 0

function init(args)
    wrk.headers["Cookie"] = args[1]
    wrk.headers["Accept-Encoding"] = "br"
    if args[2] and args[2] ~= "" then
        wrk.method, wrk.body = "POST", args[2]
        wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
    end
    fresh = args[3] == "fresh"
end

function request()
    if not fresh then
        return wrk.format()
    end
    number = number + 1
    local join = wrk.path:find("?", 1, true) and "&" or "?"
    return wrk.format(nil, wrk.path .. join .. "bench=" .. number)
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format("result %d %d %.1f %.2f %.2f\n", summary.requests,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout,
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
