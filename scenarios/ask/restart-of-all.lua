-- What do consumers list while all servers restart at once, and how soon is everything back?
local ask = require "ask"
return scenario {
  params   = { servers = 3, providers = 60, consumers = 10, start = s(10), down = s(5) },
  topology = function(p) return { nodes = p.servers, settings = { ["distrosim.startTime"] = p.start } } end,
  story    = function(w, p)
    local watched = ask.fleet(w, p.providers, p.consumers)
    local seen = ask.follow(watched)
    step "all servers crash"
    for _, server in ipairs { w:nodes() } do w:crash(server) end
    wait(p.down)
    step "all servers start"
    for _, server in ipairs { w:nodes() } do w:restart(server) end
    local began = now()
    eventually(minutes(10), function()
      return w:converged() and #w:node "n1":instances "shop.svc-1" == p.providers
    end, "all servers list all providers")
    local back = now() - began
    wait(s(30))
    answer(ask.consumers(watched, seen.finish()))
    answer(string.format("All servers listed all providers %s after they were started (a process takes %s to start).",
      ask.time(back), ask.time(p.start)))
  end,
}
