-- Two clusters, east and west, with a bridge from east to west; and phrases to tell what crosses it.
local bridged = {}

-- What a subscriber in the other cluster waits for, summed from the timers (multi-site, the table in
-- front): a push from the source's node (0.5 to 1.6 s: its delay, with or without Distro's second), the
-- registration (one round trip), Distro at the destination (1.0 to 1.1 s) and the push there (0.5 to
-- 0.7 s).
function bridged.pushed(rtt)
  return s(3.4) + rtt * 1.5
end

-- The last beat may be 5 s old when it stops; 30 s after it the copy is deleted, and the owner looks every 5 s.
bridged.expiry = { from = s(25), to = s(35) }

-- The pass of everything.
bridged.fallback = s(300)

-- By then what is open is copied: by its event mostly; by the pass of everything if the worker subscribed to another
-- server just then, whose first push says what it knew before (sites/bridged-servers-that-disagree-make-copies-flap).
bridged.copied = s(310)

-- The topology, three nodes each, `rtt` apart. `bridge` overrides fields of the bridge; `also` is a list of
-- further ones.
function bridged.pair(rtt, bridge, also)
  local made = { from = "east", to = "west", kind = "nacos-sync", workers = 1 }
  for key, value in pairs(bridge or {}) do made[key] = value end
  local bridges = { made }
  for _, other in ipairs(also or {}) do bridges[#bridges + 1] = other end
  return { clusters = { east = { nodes = 3 }, west = { nodes = 3 } }, wan = { rtt = rtt }, bridges = bridges }
end

-- `count` clients of east that publish `service`, acknowledged: a list. Not before the workers, which run since 0,
-- are through with their first scan: what comes during the first pass of a task is missed (see
-- sites/bridged-what-comes-during-the-first-pass-is-missed). And all at one server, drawn: spread over several, some
-- may be taken back at once (sites/bridged-servers-that-disagree-make-copies-flap).
function bridged.open(w, service, count, more)
  local east = w:cluster "east"
  if now() < s(5) then wait_until(s(5)) end
  local shops, server = {}, one_of { east:nodes() }
  for i = 1, count do
    local want = { name = service .. "-" .. i, server = server }
    shops[i] = east:client(want)
    local publish = { service = service }
    for key, value in pairs(more or {}) do publish[key] = value end
    expect(shops[i]:register(publish), want.name .. " was refused")
  end
  return shops
end

-- How many of `shops` the node lists as healthy.
function bridged.healthy(node, service)
  local count = 0
  for _, i in ipairs(node:instances(service)) do
    if i.healthy then count = count + 1 end
  end
  return count
end

return bridged
