-- Two regions, joined in one of the ways that the study compares: the same applications, the same load, the same questions.
local study = {}

study.ways = { "stretched", "bridged-source", "bridged-destination", "dual-2.x", "dual-1.x", "ideal" }

function study.is_dual(way) return way:sub(1, 4) == "dual" or way == "ideal" end

-- p: way, rtt, loss, servers (of each region).
function study.topology(p)
  local wan = { rtt = p.rtt, loss = p.loss }
  if p.way == "stretched" then
    return { sites = { east = p.servers, west = p.servers }, wan = wan }
  end
  local made = { clusters = { east = { nodes = p.servers }, west = { nodes = p.servers } }, wan = wan }
  local placement = p.way:match "^bridged%-(%a+)$"
  if placement then
    made.bridges = {}
    for from, to in pairs { east = "west", west = "east" } do
      made.bridges[#made.bridges + 1] = { from = from, to = to, kind = "nacos-sync", workers = 2, placement = placement }
    end
  elseif not study.is_dual(p.way) then
    error("way: one of " .. table.concat(study.ways, ", "))
  end
  return made
end

local function fleet(w, p, home, options)
  if study.is_dual(p.way) then
    options.dual = home == "east" and { "east", "west" } or { "west", "east" }
    options.agent = p.way == "ideal" and "ideal" or "polaris"
    options.kind = p.way == "dual-1.x" and "nacos-client-1" or "nacos-client-2"
    -- The agent works with SDKs up to 2.1.
    if p.way == "dual-2.x" then options.sdk = "2.1" end
  else
    options.server = home
  end
  return w:fleet(options)
end

-- p.clients of each region, half of them providers and half consumers, over p.services. Returns the providers by region.
function study.fleets(w, p)
  local half = p.clients // 2
  local east = fleet(w, p, "east", { name = "east", clients = half, services = p.services, over = p.over })
  local west = fleet(w, p, "west", { name = "west", clients = half, services_of = east, over = p.over })
  for _, home in ipairs { "east", "west" } do
    fleet(w, p, home, { name = home .. "-user", clients = half, services_of = east, instances = 0, subscribe = 1, over = s(1) })
  end
  return { east = east, west = west }
end

function study.across(w)
  return w:metrics { from = "east", to = "west" }, w:metrics { from = "west", to = "east" }
end

-- Bytes and messages that have crossed, both ways.
function study.crossed(w)
  local there, back = study.across(w)
  return (there.bytes + back.bytes) / bytes(1), there.messages + back.messages
end

-- Everybody's entry is at every server of the other region too, or of its own alone where nothing joins them.
function study.all_across(w, fleets)
  return w:all_know { fleets.east, fleets.west }
end

return study
