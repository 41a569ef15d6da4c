-- What does a link that goes down and up again between two servers do to the lists?
local ask = require "ask"
return scenario {
  params   = { servers = 3, providers = 60, consumers = 10, down = s(4), up = s(6), times = 10 },
  topology = function(p) return { nodes = p.servers, lan = { rtt = ms(1) } } end,
  story    = function(w, p)
    local watched = ask.fleet(w, p.providers, p.consumers)
    local seen = ask.follow(watched)
    local a, b = w:nodes()
    step(a.name .. " and " .. b.name .. " lose each other again and again")
    w:flap(a, b, { down = p.down, up = p.up, times = p.times })
    local new = w:client { name = "newcomer", server = a }
    new:register { service = "other" }
    local late = now()
    wait((p.down + p.up) * p.times)
    eventually(minutes(5), function() return w:converged() end, "all servers agree again")
    wait(s(30))
    answer(ask.consumers(watched, seen.finish()))
    answer(string.format("Links were down for %s of every %s, %d times; all servers agreed %s after the first.",
      ask.time(p.down), ask.time(p.down + p.up), p.times, ask.time(now() - s(30) - late)))
  end,
}
