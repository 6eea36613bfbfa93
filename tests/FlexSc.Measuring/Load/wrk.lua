-- wrk ... URL -- DEPTH: sends the request of the command line so many times in one write, and tells percentiles at the end.
-- With a depth of 1 there is no function "request", so that wrk does not run Lua for each request.
function init(args)
	local depth = tonumber(args[1])
	if depth > 1 then
		local batch = string.rep(wrk.format(), depth)
		request = function() return batch end
	end
end

function done(summary, latency, requests)
	io.write(string.format("percentiles us: %d %d %d\n", latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
