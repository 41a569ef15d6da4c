-- Does an upgrade, one server after the other, lose providers on the way?
local ask = require "ask"
return scenario {
  params   = { from = "nacos-2.1.2", to = "nacos-3.0", servers = 3, providers = 60, consumers = 10, pause = s(60), start = s(10) },
  topology = function(p)
    return { nodes = p.servers, profile = p.from, settings = { ["distrosim.startTime"] = p.start } }
  end,
  story    = function(w, p)
    local watched = ask.fleet(w, p.providers, p.consumers)
    local seen, began = ask.follow(watched), now()
    for _, server in ipairs { w:nodes() } do
      step("upgrade " .. server.name .. " to " .. p.to)
      w:upgrade(server, p.to)
      wait(p.pause)
    end
    eventually(minutes(5), function() return w:converged() end, "all servers agree again")
    wait(s(30))
    answer(ask.consumers(watched, seen.finish()))
    answer(string.format("From %s to %s in %s, %d servers %s apart.", p.from, p.to, ask.time(now() - s(30) - began),
      p.servers, ask.time(p.pause)))
  end,
}
