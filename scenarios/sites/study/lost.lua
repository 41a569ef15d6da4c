-- What the west lists after the east, servers, workers and applications, has lost power: how long the dead stay.
-- For the study (tools/site-study); it claims only that the living are not lost with them.
local study = require "study"

return scenario {
  params   = { way = "stretched", rtt = ms(30), loss = percent(0), servers = 3, clients = 80, providers = 2, watch_for = minutes(10), over = s(20) },
  topology = study.topology,
  story = function(w, p)
    local fleets = study.fleets(w, p)
    wait(p.over + s(100) + between(s(0), s(6)))
    expect(study.all_across(w, fleets), "not all came across")
    local before = w:metrics { site = "west" }
    step "the east is lost"
    w:blackhole "east"
    fleets.east:kill(p.clients // 2)
    for _, node in ipairs(w:site "east") do w:crash(node) end
    if p.way:sub(1, 7) == "bridged" then
      -- Workers stand beside their source or their destination.
      local gone = p.way == "bridged-source" and "east>west" or "west>east"
      for i = 1, 2 do w:crash(gone .. "/" .. i) end
    end
    local lost = now()
    wait(p.watch_for)
    local west = w:metrics { site = "west" }
    local for_ever = west.zombies_left > 0
    measure("last zombie after", for_ever and p.watch_for or (west.last_zombie or lost) - lost)
    measure("for ever", for_ever and 1 or 0)
    measure("dead entries in caches", (west.listed_dead - before.listed_dead) / s(1) / (p.clients // 2))
    for _, node in ipairs(w:site "west") do expect(node:knows(fleets.west), "the west lost its own") end
  end,
}
