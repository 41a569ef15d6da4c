-- Healthy heartbeat (1.x) clients are deleted by a server that is not responsible for them: nacos#5169, #5870.
-- Affected: 2.0.0; cured in 2.0.1. Every node checks the beats of every copy, so one that the owner does not reach for
-- a while calls the living dead, and takes them off its lists.
-- Found: it tells no other server: ClientChanged of a client that is not its own is not passed on. The harm stays on that server.
-- (2.0.1 still scheduled the task without its interceptors, #5870, but by then each instance was checked for its owner.)
local incident = require "incident"

-- The first ports that n takes for its own.
local function ports_of(n, ip, count)
  local ports = {}
  for port = 8000, 9999 do
    if n:owns(ip .. ":" .. port) then ports[#ports + 1] = port end
    if #ports == count then return ports end
  end
  error "n owns too little"
end

return scenario {
  params   = { beaters = 30, cut_for = s(40) },
  topology = { nodes = 3, lan = { rtt = ms(1) }, clients = "nacos-client-1" },
  must_see = { "link.cut" },

  story = function(w, p)
    local a, b, c = w:nodes()
    if setting "distrosim.generation" == 1 then return end
    local beaters = {}
    for i, port in ipairs(ports_of(a, "10.200.0.1", p.beaters)) do
      beaters[i] = w:client { name = "beater-" .. i, server = a, ip = "10.200.0.1", port = port }
      expect(beaters[i]:register { service = "shop" }, "a refused it")
    end
    incident.settled(w, beaters)

    step "what a tells b is lost; b's own calls and a's reports go through"
    local slow = w:intercept { from = a, to = b, op = "VERIFY", nth = "all", action = "drop" }
    local pushes = w:intercept { from = a, to = b, op = "CHANGE", nth = "all", action = "drop" }
    local digests = w:intercept { from = a, to = b, op = "CHECKSUM", nth = "all", action = "drop" }
    w:cut(a, b, { calls = true })
    local gap = incident.longest("gap", function() return not b:knows(beaters) end)
    local elsewhere = incident.longest("gap elsewhere", function() return not c:knows(beaters) end)
    wait(p.cut_for)
    w:heal()
    slow:stop()
    pushes:stop()
    digests:stop()
    wait(s(60))
    local took = gap()
    expect(elsewhere() == s(0), "c, whom everybody reaches, lost living clients")
    expect(took == s(0), "b deleted living clients that it does not own")
    expect(w:all_know(beaters), "somebody lacks a living client")
  end,
}
