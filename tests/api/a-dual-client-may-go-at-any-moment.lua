-- A process of two stacks is killed, closed or frozen in the middle of whatever it does: every operation ends, nothing stays.
return scenario {
  topology = { clusters = { east = { nodes = 3 }, west = { nodes = 3 } }, wan = { rtt = ms(30) } },
  story = function(w)
    for _, o in ipairs { {}, { kind = "nacos-client-1" }, { agent = "ideal" } } do
      for _, how in ipairs { "kill", "close", "pause" } do
        for _, d in ipairs { ms(0), ms(10), ms(40), ms(95), ms(300) } do
          local k = w:client { dual = { "east", "west" }, kind = o.kind, agent = o.agent, subscribe = { "shop" } }
          local h = k:post "register" { service = "shop" }
          local h2 = k:post "subscribe" ("other")
          wait(d)
          if how == "pause" then k:pause(s(5)) elseif how == "kill" then k:kill() else k:close() end
          wait(s(10))
          expect(h:done() ~= nil and h2:done() ~= nil, how)
          if how == "pause" then expect(w:all_know(k), "paused"); k:close() end
          wait(s(50))
          expect(w:none_knows(k))
        end
      end
    end
    -- and at the end of the run with things in hand
    local k = w:client { dual = { "east", "west" } }
    k:post "register" { service = "shop" }
  end,
}
