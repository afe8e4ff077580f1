-- Given to wrk. After --: headers as "Name: value", and any of these, of which an empty one counts as none:
--   body=…       is posted; NUMBER in it is another number in each request
--   then=/path   is asked for after each post
--   fresh=yes    gives each request an address of its own
-- Prints one line at the end: requests, those that failed, requests per second, p50 and p99 in milliseconds.
local told, number = {}, 0

function init(args)
    for _, word in ipairs(args) do
        local header, value = word:match("^([%w-]+): (.*)$")
        local name, rest = word:match("^(%l+)=(.+)$")
        if header then
            wrk.headers[header] = value
        elseif name then
            told[name] = rest
        end
    end
end

function request()
    number = number + 1
    if told.body and not (told["then"] and number % 2 == 0) then
        -- A function, since a text put in place could hold a %.
        return wrk.format("POST", nil, nil, (told.body:gsub("NUMBER", function() return number end)))
    end
    local path = told["then"] or wrk.path
    if told.fresh then
        path = path .. (path:find("?", 1, true) and "&" or "?") .. "bench=" .. number
    end
    return wrk.format("GET", path)
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format("result %d %d %.1f %.2f %.2f\n", summary.requests,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout,
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
