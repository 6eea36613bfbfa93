-- Sends the request of the command line several times in one write: wrk ... URL -- DEPTH
local batch

function init(args)
	local depth = tonumber(args[1])
	local one = wrk.format()
	batch = string.rep(one, depth)
end

function request()
	return batch
end
