-- Given to wrk. After --: the value of Authorization or "", and a prefix to post actions whose names begin with it.
-- Prints one line at the end: requests, those that failed, requests per second, p50 and p99 in milliseconds.
local prefix, number = nil, 0

function init(args)
    wrk.headers["Accept"] = "application/json"
    if args[1] and args[1] ~= "" then
        wrk.headers["Authorization"] = args[1]
    end
    if args[2] then
        prefix = args[2]
        wrk.method = "POST"
        wrk.headers["Content-Type"] = "application/json"
    end
end

function request()
    if not prefix then
        return wrk.format()
    end
    number = number + 1
    return wrk.format(nil, nil, nil, '{"action":"' .. prefix .. " " .. number .. '"}')
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format("result %d %d %.1f %.2f %.2f\n", summary.requests,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout,
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
