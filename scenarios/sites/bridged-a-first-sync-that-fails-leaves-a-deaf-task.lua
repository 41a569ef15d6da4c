-- An ALL task remembers a new service whatever becomes of its first sync. If that fails (here a cut of two minutes:
-- a request on a pooled connection waits 50 s, so a shorter one is waited out), no listener
-- is subscribed, and there is no second try: from then on the service changes at the destination with the pass
-- of everything only, every 300 s. What the failed sync began to register comes through by its beats; if it
-- asked a node that did not know the instance yet, nothing does before that pass.
local bridged = require "bridged"

return scenario {
  params   = { rtt = ms(30), cut_for = s(120) },
  topology = function(p) return bridged.pair(p.rtt, { placement = "source" }) end,
  must_see = { "link.cut", "bridge.copied" },

  story = function(w, p)
    local east, west = w:cluster "east", w:cluster "west"
    local sound = bridged.open(w, "sound", 1)[1]
    eventually(s(10), function() return west:all_know(sound) end, "a service is copied")
    eventually(bridged.fallback + s(1), function() return w:bridge_state "east>west/1".fallback ~= nil end,
               "a pass of everything has ended")
    step "a new service appears while the destination cannot be reached"
    w:cut("east>west/1", "west")
    local deaf = bridged.open(w, "deaf", 1)[1]
    wait(p.cut_for)
    w:heal()
    eventually(bridged.fallback, function() return west:all_know { sound, deaf } end, "its first instance is copied")
    wait(s(20)) -- the copies that went unhealthy in the cut are healthy, and the worker has seen it
    expect(w:bridge_state "east>west/1".subscribed == 1, "its task is subscribed")
    step "both services get another instance"
    local second = east:client { name = "second", server = "n2" }
    wait(s(1))
    second:register { service = "sound" }
    second:register { service = "deaf" }
    local function lists(service) return #west:node "n1":instances(service) == 2 end
    eventually(s(15), function() return lists "sound" end, "the sound one is copied at once")
    wait(s(60))
    expect(not lists "deaf", "the deaf one has heard of it")
    measure("heard of after", within(s(0), bridged.fallback, function() return lists "deaf" end,
                                     "the pass of everything has found it"))
  end,
}
