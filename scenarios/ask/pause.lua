-- What does a pause of one server cost: a long garbage collection, a frozen virtual machine?
local ask = require "ask"
return scenario {
  params   = { servers = 3, providers = 60, consumers = 10, pause = s(20) },
  topology = function(p) return { nodes = p.servers, lan = { rtt = ms(1) } } end,
  story    = function(w, p)
    local watched = ask.fleet(w, p.providers, p.consumers)
    local seen = ask.follow(watched)
    local frozen = w:nodes()
    step(frozen.name .. " is paused")
    w:pause(frozen, p.pause)
    local new = w:client { name = "newcomer", server = (w:node "n2") }
    new:register { service = "shop.svc-1" }
    watched.all = p.providers
    wait(p.pause)
    local woke = now()
    eventually(minutes(5), function() return w:converged() end, "all servers agree again")
    local agreed = now() - woke
    wait(s(30))
    answer(ask.consumers(watched, seen.finish()))
    answer(string.format("After a pause of %s all servers agreed %s later, with a provider that came meanwhile.",
      ask.time(p.pause), ask.time(agreed)))
  end,
}
